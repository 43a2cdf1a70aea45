-- COMPANIES
SELECT [HQCO].[HQCo], [HQCO].[Name], [HQCO].[PhaseGroup] FROM [HQCO];

-- COMPANY_SETTINGS
SELECT [JCCO].[JCCo], [JCCO].[ValidPhaseChars], [JCCO].[PostSoftClosedJobs], [JCCO].[PostClosedJobs] FROM [JCCO] WHERE [JCCO].[JCCo] = ?;

-- MASKS
SELECT [DDDTShared].[Datatype], [DDDTShared].[InputMask], [DDDTShared].[InputLength] FROM [DDDTShared] WHERE [DDDTShared].[Datatype] = ? OR [DDDTShared].[Datatype] = ? OR [DDDTShared].[Datatype] = ? OR [DDDTShared].[Datatype] = ?;

-- JOB
SELECT [JCJM].[Job], [JCJM].[Description], [JCJM].[Contract], [JCJM].[JobStatus], [JCJM].[LockPhases], [JCJM].[AutoAddItemYN] FROM [JCJM] WHERE [JCJM].[JCCo] = ? AND [JCJM].[Job] = ?;

-- CONTRACT
SELECT [JCCM].[Contract], [JCCM].[Description], [JCCM].[ContractStatus] FROM [JCCM] WHERE [JCCM].[JCCo] = ? AND [JCCM].[Contract] = ?;

-- CONTRACT_ITEMS
SELECT [JCCI].[Item], [JCCI].[Description], [JCCI].[StartMonth], [JCCI].[OrigContractAmt], [JCCI].[ContractAmt] FROM [JCCI] WHERE [JCCI].[JCCo] = ? AND [JCCI].[Contract] = ?;

-- COST_TYPES
SELECT [JCCT].[CostType], [JCCT].[Description], [JCCT].[Abbreviation], [JCCT].[TrackHours] FROM [JCCT] WHERE [JCCT].[PhaseGroup] = ?;

-- UNIT_CODES
SELECT [HQUM].[UM] FROM [HQUM];

-- MASTER_PHASES
SELECT [JCPM].[Phase], [JCPM].[Description], [JCPM].[ProjMinPct] FROM [JCPM] WHERE [JCPM].[PhaseGroup] = ?;

-- MASTER_COST_TYPES
SELECT [JCPC].[Phase], [JCPC].[CostType], [JCPC].[UM], [JCPC].[BillFlag], [JCPC].[ItemUnitFlag], [JCPC].[PhaseUnitFlag] FROM [JCPC] WHERE [JCPC].[PhaseGroup] = ?;

-- JOB_PHASES
SELECT [JCJP].[Phase], [JCJP].[Description], [JCJP].[Contract], [JCJP].[Item], [JCJP].[ActiveYN] FROM [JCJP] WHERE [JCJP].[JCCo] = ? AND [JCJP].[Job] = ? AND [JCJP].[PhaseGroup] = ?;

-- COST_HEADERS
SELECT [JCCH].[Phase], [JCCH].[CostType], [JCCH].[UM], [JCCH].[ActiveYN], [JCCH].[SourceStatus], [JCCH].[OrigHours], [JCCH].[OrigUnits], [JCCH].[OrigCost] FROM [JCCH] WHERE [JCCH].[JCCo] = ? AND [JCCH].[Job] = ? AND [JCCH].[PhaseGroup] = ?;

-- ESTIMATE_DETAIL
SELECT [JCCD].[Phase], [JCCD].[CostType], [JCCD].[UM], sum([JCCD].[EstHours]) AS hours, sum([JCCD].[EstUnits]) AS units, sum([JCCD].[EstCost]) AS cost, count(*) AS detail_count FROM [JCCD] WHERE [JCCD].[JCCo] = ? AND [JCCD].[Job] = ? AND [JCCD].[PhaseGroup] = ? AND [JCCD].[JCTransType] = ? GROUP BY [JCCD].[Phase], [JCCD].[CostType], [JCCD].[UM];

-- PERIOD_TOTALS
SELECT [JCCP].[Phase], [JCCP].[CostType], sum([JCCP].[OrigEstHours]) AS hours, sum([JCCP].[OrigEstUnits]) AS units, sum([JCCP].[OrigEstCost]) AS cost, sum([JCCP].[CurrEstCost]) AS current_cost, max(CASE WHEN ([JCCP].[TotalCmtdCost] != ? OR [JCCP].[RemainCmtdCost] != ?) THEN 1 ELSE 0 END) AS is_committed FROM [JCCP] WHERE [JCCP].[JCCo] = ? AND [JCCP].[Job] = ? AND [JCCP].[PhaseGroup] = ? GROUP BY [JCCP].[Phase], [JCCP].[CostType];

-- POSTED_BEFORE
SELECT [JCCD].[Phase], [JCCD].[CostType], [JCCD].[JCTransType], sum([JCCD].[EstCost]) AS cost FROM [JCCD] WHERE [JCCD].[JCCo] = ? AND [JCCD].[Job] = ? AND [JCCD].[PhaseGroup] = ? AND ([JCCD].[JCTransType] = ? OR [JCCD].[JCTransType] = ?) AND [JCCD].[PostedDate] < ? GROUP BY [JCCD].[Phase], [JCCD].[CostType], [JCCD].[JCTransType];

-- ACTUAL_COSTS
SELECT DISTINCT [JCCD].[Phase], [JCCD].[CostType] FROM [JCCD] WHERE [JCCD].[JCCo] = ? AND [JCCD].[Job] = ? AND [JCCD].[PhaseGroup] = ? AND [JCCD].[JCTransType] != ? AND [JCCD].[JCTransType] != ? AND [JCCD].[ActualCost] != ?;

-- XACT_ABORT
SET XACT_ABORT ON;

-- APPLICATION_LOCK
SET NOCOUNT ON; DECLARE @rc int, @jcco int; SELECT @jcco = [JCCo] FROM [JCCO] WHERE [JCCo] = ?; EXEC @rc = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ?; SET NOCOUNT OFF; SELECT @rc AS return_code, @@TRANCOUNT AS open_transactions;

-- JOB_LOCKED
SELECT [JCJM].[Job], [JCJM].[Description], [JCJM].[Contract], [JCJM].[JobStatus], [JCJM].[LockPhases], [JCJM].[AutoAddItemYN] FROM [JCJM] WITH (UPDLOCK, HOLDLOCK) WHERE [JCJM].[JCCo] = ? AND [JCJM].[Job] = ?;

-- JOB_PHASES_LOCKED
SELECT [JCJP].[Phase], [JCJP].[Description], [JCJP].[Contract], [JCJP].[Item], [JCJP].[ActiveYN] FROM [JCJP] WITH (UPDLOCK, HOLDLOCK) WHERE [JCJP].[JCCo] = ? AND [JCJP].[Job] = ? AND [JCJP].[PhaseGroup] = ?;

-- COST_HEADERS_LOCKED
SELECT [JCCH].[Phase], [JCCH].[CostType], [JCCH].[UM], [JCCH].[ActiveYN], [JCCH].[SourceStatus], [JCCH].[OrigHours], [JCCH].[OrigUnits], [JCCH].[OrigCost] FROM [JCCH] WITH (UPDLOCK, HOLDLOCK) WHERE [JCCH].[JCCo] = ? AND [JCCH].[Job] = ? AND [JCCH].[PhaseGroup] = ?;

-- MAY_ADD_PHASE
SELECT HAS_PERMS_BY_NAME('dbo.bspJCADDPHASE', 'OBJECT', 'EXECUTE') AS may_run;

-- ADD_PHASE_BY_PROCEDURE
SET NOCOUNT ON; DECLARE @rc int, @message varchar(255); EXEC @rc = dbo.bspJCADDPHASE @jcco = ?, @job = ?, @PhaseGroup = ?, @phase = ?, @override = 'N', @item = ?, @msg = @message OUT; SET NOCOUNT OFF; SELECT @rc AS return_code, @message AS message;

-- ADD_PHASE
INSERT INTO [JCJP] ([JCCo], [Job], [PhaseGroup], [Phase], [Description], [Contract], [Item], [ProjMinPct], [ActiveYN]) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- PHASES_WRITTEN
SELECT [JCJP].[Phase], [JCJP].[Description], [JCJP].[ProjMinPct], [JCJP].[ActiveYN] FROM [JCJP] WHERE [JCJP].[JCCo] = ? AND [JCJP].[Job] = ? AND [JCJP].[PhaseGroup] = ?;

-- ADD_COST_HEADER
INSERT INTO [JCCH] ([JCCo], [Job], [PhaseGroup], [Phase], [CostType], [UM], [BillFlag], [ItemUnitFlag], [PhaseUnitFlag], [BuyOutYN], [Plugged], [ActiveYN], [OrigHours], [OrigUnits], [OrigCost], [SourceStatus]) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- CHANGE_ESTIMATE
UPDATE [JCCH] SET [OrigHours]=?, [OrigUnits]=?, [OrigCost]=? WHERE [JCCH].[JCCo] = ? AND [JCCH].[Job] = ? AND [JCCH].[PhaseGroup] = ? AND [JCCH].[Phase] = ? AND [JCCH].[CostType] = ? AND [JCCH].[OrigHours] = ? AND [JCCH].[OrigUnits] = ? AND [JCCH].[OrigCost] = ?;

-- LINE_NOW
SELECT [JCCH].[OrigHours], [JCCH].[OrigUnits], [JCCH].[OrigCost] FROM [JCCH] WHERE [JCCH].[JCCo] = ? AND [JCCH].[Job] = ? AND [JCCH].[PhaseGroup] = ? AND [JCCH].[Phase] = ? AND [JCCH].[CostType] = ?;

-- ORDERS
SELECT [JCOH].[ACO], [JCOH].[Contract], [JCOH].[ApprovalDate], [JCOH].[IntExt] FROM [JCOH] WHERE [JCOH].[JCCo] = ? AND [JCOH].[Job] = ?;

-- ORDER_ITEMS
SELECT [JCOI].[ACO], [JCOI].[ACOItem], [JCOI].[Contract], [JCOI].[Item], [JCOI].[ApprovedMonth], [JCOI].[ContractUnits], [JCOI].[ContUnitPrice], [JCOI].[ContractAmt] FROM [JCOI] WHERE [JCOI].[JCCo] = ? AND [JCOI].[Job] = ?;

-- ORDER_DETAIL
SELECT [JCOD].[ACO], [JCOD].[ACOItem], [JCOD].[Phase], [JCOD].[CostType], [JCOD].[MonthAdded], [JCOD].[UM], [JCOD].[UnitCost], [JCOD].[EstHours], [JCOD].[EstUnits], [JCOD].[EstCost] FROM [JCOD] WHERE [JCOD].[JCCo] = ? AND [JCOD].[Job] = ? AND [JCOD].[PhaseGroup] = ?;

-- CHANGE_DETAIL
SELECT [JCCD].[ACO], [JCCD].[ACOItem], [JCCD].[Phase], [JCCD].[CostType], [JCCD].[Mth], sum([JCCD].[EstHours]) AS hours, sum([JCCD].[EstUnits]) AS units, sum([JCCD].[EstCost]) AS cost, count(*) AS detail_count FROM [JCCD] WHERE [JCCD].[JCCo] = ? AND [JCCD].[Job] = ? AND [JCCD].[PhaseGroup] = ? AND [JCCD].[JCTransType] = ? GROUP BY [JCCD].[ACO], [JCCD].[ACOItem], [JCCD].[Phase], [JCCD].[CostType], [JCCD].[Mth];

-- ORDERS_LOCKED
SELECT [JCOH].[ACO], [JCOH].[Contract], [JCOH].[ApprovalDate], [JCOH].[IntExt] FROM [JCOH] WITH (UPDLOCK, HOLDLOCK) WHERE [JCOH].[JCCo] = ? AND [JCOH].[Job] = ?;

-- ORDER_ITEMS_LOCKED
SELECT [JCOI].[ACO], [JCOI].[ACOItem], [JCOI].[Contract], [JCOI].[Item], [JCOI].[ApprovedMonth], [JCOI].[ContractUnits], [JCOI].[ContUnitPrice], [JCOI].[ContractAmt] FROM [JCOI] WITH (UPDLOCK, HOLDLOCK) WHERE [JCOI].[JCCo] = ? AND [JCOI].[Job] = ?;

-- ORDER_DETAIL_LOCKED
SELECT [JCOD].[ACO], [JCOD].[ACOItem], [JCOD].[Phase], [JCOD].[CostType], [JCOD].[MonthAdded], [JCOD].[UM], [JCOD].[UnitCost], [JCOD].[EstHours], [JCOD].[EstUnits], [JCOD].[EstCost] FROM [JCOD] WITH (UPDLOCK, HOLDLOCK) WHERE [JCOD].[JCCo] = ? AND [JCOD].[Job] = ? AND [JCOD].[PhaseGroup] = ?;

-- ADD_ORDER
INSERT INTO [JCOH] ([JCCo], [Job], [ACO], [Contract], [ApprovalDate], [IntExt]) VALUES (?, ?, ?, ?, ?, ?);

-- ADD_ORDER_ITEM
INSERT INTO [JCOI] ([JCCo], [Job], [ACO], [ACOItem], [Contract], [Item], [ApprovedMonth], [ContractUnits], [ContUnitPrice], [ContractAmt]) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- ADD_ORDER_DETAIL
INSERT INTO [JCOD] ([JCCo], [Job], [ACO], [ACOItem], [PhaseGroup], [Phase], [CostType], [MonthAdded], [UM], [UnitCost], [EstHours], [EstUnits], [EstCost]) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- AUDIT
SELECT [HQMA].[TableName], [HQMA].[KeyString], [HQMA].[RecType], [HQMA].[FieldName], [HQMA].[OldValue], [HQMA].[NewValue], [HQMA].[DateTime], [HQMA].[UserName] FROM [HQMA] WHERE [HQMA].[Co] = ? AND ([HQMA].[TableName] = ? OR [HQMA].[TableName] = ? OR [HQMA].[TableName] = ? OR [HQMA].[TableName] = ?) AND [HQMA].[DateTime] >= ? AND [HQMA].[KeyString] LIKE ? ESCAPE '!' ORDER BY [HQMA].[DateTime], [HQMA].[AuditID];

-- SERVER
SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(128)) AS server, CAST(SERVERPROPERTY('Edition') AS varchar(128)) AS edition, SUSER_SNAME() AS login, USER_NAME() AS user_name, DB_NAME() AS database_name;

-- COLLATION
SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128)) AS of_database, (SELECT c.collation_name FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCCH') AND c.name = 'Phase') AS of_phase;

-- SNAPSHOTS
SELECT d.is_read_committed_snapshot_on AS is_read_committed_snapshot_on, d.snapshot_isolation_state AS snapshot_isolation_state FROM sys.databases AS d WHERE d.database_id = DB_ID();

-- CLOCK
SELECT SYSUTCDATETIME() AS utc, SYSDATETIME() AS local;

-- BEYOND_NEED
SELECT 'sysadmin' AS name, 'member' AS permission, IS_SRVROLEMEMBER('sysadmin') AS granted UNION ALL SELECT 'database' AS name, 'CONTROL' AS permission, HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'CONTROL') AS granted UNION ALL SELECT 'db_owner' AS name, 'member' AS permission, IS_MEMBER('db_owner') AS granted UNION ALL SELECT 'db_datawriter' AS name, 'member' AS permission, IS_MEMBER('db_datawriter') AS granted UNION ALL SELECT 'db_datareader' AS name, 'member' AS permission, IS_MEMBER('db_datareader') AS granted UNION ALL SELECT 'db_ddladmin' AS name, 'member' AS permission, IS_MEMBER('db_ddladmin') AS granted UNION ALL SELECT 'db_securityadmin' AS name, 'member' AS permission, IS_MEMBER('db_securityadmin') AS granted UNION ALL SELECT 'JCCH (other columns)' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCCH') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCJP' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCJP', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCJP') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCCD' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCCD', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCCD') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCCP' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCCP', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCCP') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCOH' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCOH', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCOH') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCOI' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCOI', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCOI') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCOD' AS name, 'UPDATE' AS permission, MAX(HAS_PERMS_BY_NAME('dbo.JCOD', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.JCOD') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost') UNION ALL SELECT 'JCCH' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCJP' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCJP', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCCD' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCD', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCCP' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCP', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCOH' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCOH', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCOI' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCOI', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'JCOD' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.JCOD', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCCH' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCH', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCJP' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCJP', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCCD' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCD', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCCP' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCP', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCOH' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOH', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCOI' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOI', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCOD' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOD', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'bJCCH' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCH', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCJP' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCJP', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCCD' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCD', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCCP' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCP', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCOH' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOH', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCOI' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOI', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCOD' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOD', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bJCCH' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCH', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCJP' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCJP', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCCD' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCD', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCCP' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCP', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCOH' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOH', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCOI' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOI', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCOD' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOD', 'OBJECT', 'UPDATE') AS granted UNION ALL SELECT 'bJCCH' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCH', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCJP' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCJP', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCCD' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCD', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCCP' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCCP', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCOH' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOH', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCOI' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOI', 'OBJECT', 'DELETE') AS granted UNION ALL SELECT 'bJCOD' AS name, 'DELETE' AS permission, HAS_PERMS_BY_NAME('dbo.bJCOD', 'OBJECT', 'DELETE') AS granted;

-- PERMISSIONS
SELECT 'DDDTShared' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.DDDTShared', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'HQCO' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.HQCO', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'HQMA' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.HQMA', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'HQUM' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.HQUM', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCD' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCD', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCH' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCI' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCI', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCM' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCM', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCO' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCO', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCP' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCP', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCCT' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCT', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCJM' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCJM', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCJP' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCJP', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCOD' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOD', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCOH' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOH', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCOI' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOI', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCPC' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCPC', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCPM' AS name, 'SELECT' AS permission, HAS_PERMS_BY_NAME('dbo.JCPM', 'OBJECT', 'SELECT') AS granted UNION ALL SELECT 'JCJP' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.JCJP', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'JCCH' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'JCCH.OrigHours' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'UPDATE', 'OrigHours', 'COLUMN') AS granted UNION ALL SELECT 'JCCH.OrigUnits' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'UPDATE', 'OrigUnits', 'COLUMN') AS granted UNION ALL SELECT 'JCCH.OrigCost' AS name, 'UPDATE' AS permission, HAS_PERMS_BY_NAME('dbo.JCCH', 'OBJECT', 'UPDATE', 'OrigCost', 'COLUMN') AS granted UNION ALL SELECT 'JCOH' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOH', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'JCOI' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOI', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'JCOD' AS name, 'INSERT' AS permission, HAS_PERMS_BY_NAME('dbo.JCOD', 'OBJECT', 'INSERT') AS granted UNION ALL SELECT 'bspJCADDPHASE' AS name, 'EXECUTE' AS permission, HAS_PERMS_BY_NAME('dbo.bspJCADDPHASE', 'OBJECT', 'EXECUTE') AS granted;

-- TRIGGERS
SELECT o.name AS table_name, t.name AS name, t.is_disabled AS is_disabled, m.definition AS definition FROM sys.triggers AS t JOIN sys.objects AS o ON o.object_id = t.parent_id LEFT JOIN sys.sql_modules AS m ON m.object_id = t.object_id WHERE o.name IN ('bJCCH', 'bJCJP', 'bJCCD', 'bJCCP', 'bJCOH', 'bJCOI', 'bJCOD');

-- LOCK_TIMEOUT
SET LOCK_TIMEOUT 15000;
