"""A local Procore REST API that behaves as Procore documents it, with faults to switch on.

It serves invented data of one invented company over HTTP on 127.0.0.1 and never talks to Procore. Paths, field names,
types and rules follow Procore's public documentation; texts are our own except the few messages a client must know.

Where the documentation is silent the sandbox had to choose. Every such choice stands here, and nowhere else:

* UNVERIFIED: `detail_rows` carries the extra value of a visible column under the column's `id`; the documentation says
  only that there is one extra key per visible column. Quantities and hours there are strings, as amounts are.
* UNVERIFIED: amounts in `detail_rows` have two decimal places; `budget_modifications` there includes approved budget
  changes; `cost_code` and `root_cost_code` read "code - name", `category` is the cost type's name.
* UNVERIFIED: an approved budget change on a code without a budget line puts that code into the budget at 0.00.
* UNVERIFIED: a change that is deleted leaves the lines that its approval put into the budget, at 0.00; nothing but its
  ERP status keeps an approved change from being edited or deleted.
* UNVERIFIED: a budget change's `prime_contract` is shown with its id alone; deleting a modification answers `{}`.
* UNVERIFIED: `amount` of a budget change is the net sum of its lines; lists of v2 tell Link, Total and Per-Page as v1.
* UNVERIFIED: `erp_compact` shows id, code, full_code, name, origin_id and origin_data of a cost code.
* UNVERIFIED: company users v1.3 have the fields of v1.0; lists show inactive users and projects unless filtered.
* UNVERIFIED: a page has 100 entries where v1 callers do not say; a larger `per_page` than 2,000 is answered with 2,000;
  a page number that is not a whole number above 0 is answered with 400.
* UNVERIFIED: status of refusals: 400 for a missing company header, a missing parameter and a sync of more than 1,000
  updates; 422 for "This Budget Code already exists", for a unit outside the company's list, for a locked amount, for an
  undeletable line and for editing or deleting a budget change that is with the ERP; 403 for a company the application
  is not connected to.
* UNVERIFIED: locking a locked budget answers 201 again; unlocking an unlocked one answers 200.
* UNVERIFIED: both rate windows are fixed, start with the first request, and count per application; log-in does not
  count; a 429 of either window has the one text the documentation gives.
* UNVERIFIED: texts of 400, 401, 403 and 404, and of the sync errors "has already been taken" and "can't be blank".
* UNVERIFIED: the amount of an automatically calculated line is quantity x unit cost rounded half up to cents.
* UNVERIFIED: without `group_by`, `summary_rows` has one row for the project; the forecast equals the revised budget.
* UNVERIFIED: `character_limit` of the units of measure, the origin ids of cost codes (here: the code without outer
  blanks) and of cost types (here: the code), and the DMSA's own name and login.
"""
