-- Vista's procedures bspJCVPHASE, bspJCADDPHASE and bspJCADDCOSTTYPE (facts 2.8).
-- A failure is the return code 1 with the words in @msg, never an error. On success @msg holds a description.
-- Override: N obeys the phase lock, Y ignores it, O is a row just inserted (nothing is left to check), P comes from PM.

-- May this phase be on this job? UNVERIFIED: the order of its parameters.
CREATE PROCEDURE dbo.bspJCVPHASE
  @jcco tinyint, @job varchar(10), @phase varchar(20), @PhaseGroup tinyint, @override char(1) = 'N',
  @msg varchar(255) OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @group tinyint, @active char(1), @part varchar(21), @description varchar(60);

  IF NOT EXISTS (SELECT 1 FROM dbo.JCCO WHERE JCCo = @jcco)
  BEGIN
    SET @msg = 'Invalid Job Cost Company!';
    RETURN 1;
  END;

  -- HQCO is the secured view: to a login without rights there is no company.
  SELECT @group = PhaseGroup FROM dbo.HQCO WHERE HQCo = @jcco;
  IF @group IS NULL
  BEGIN
    SET @msg = CONCAT('Phase Group for HQ Company ', @jcco, ' not found!');
    RETURN 1;
  END;
  IF @group <> @PhaseGroup
  BEGIN
    SET @msg = CONCAT('Phase Group ', @PhaseGroup, ' for HQ Company ', @jcco, ' does not match Phase Group ', @group);
    RETURN 1;
  END;

  IF NOT EXISTS (SELECT 1 FROM dbo.bJCJM WHERE JCCo = @jcco AND Job = @job)
  BEGIN
    SET @msg = CONCAT('Job ', @job, ' not found!');
    RETURN 1;
  END;

  SELECT @active = ActiveYN, @description = Description
  FROM dbo.bJCJP WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @PhaseGroup AND Phase = @phase;
  IF @active = 'N' AND @override <> 'O'
  BEGIN
    SET @msg = CONCAT('Phase ', @phase, ' for JC Co ', @jcco, ', Job', @job, ' is inactive!');
    RETURN 1;
  END;
  IF @active IS NOT NULL
  BEGIN
    SET @msg = @description;
    RETURN 0;
  END;

  IF @override = 'N' AND EXISTS (SELECT 1 FROM dbo.bJCJM WHERE JCCo = @jcco AND Job = @job AND LockPhases = 'Y')
  BEGIN
    SET @msg = CONCAT('Locked Phase ', @phase, ' is not on job', @job, '  - Job Phase Locked!');
    RETURN 1;
  END;

  -- Not on the job: in the phase master, or alike in the valid part on the job or in the master.
  SELECT @part = SUBSTRING(@phase, 1, ValidPhaseChars) + '%' FROM dbo.bJCCO WHERE JCCo = @jcco AND ValidPhaseChars > 0;
  IF EXISTS (SELECT 1 FROM dbo.bJCPM WHERE PhaseGroup = @PhaseGroup AND Phase = @phase)
     OR EXISTS (SELECT 1 FROM dbo.bJCJP
                WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @PhaseGroup AND Phase LIKE @part)
     OR EXISTS (SELECT 1 FROM dbo.bJCPM WHERE PhaseGroup = @PhaseGroup AND Phase LIKE @part)
  BEGIN
    SET @msg = NULL;
    RETURN 0;
  END;

  SET @msg = CONCAT('Phase ', @phase, ' not on file!');
  RETURN 1;
END;
GO

-- Adds a phase to a job, if it is not there yet.
CREATE PROCEDURE dbo.bspJCADDPHASE
  @jcco tinyint, @job varchar(10), @PhaseGroup tinyint, @phase varchar(20), @override char(1) = 'N',
  @item varchar(16) = NULL, @msg varchar(255) OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @rc int, @contract varchar(10), @validchars tinyint, @part varchar(21);
  DECLARE @description varchar(60), @projminpct numeric(6,4);

  EXEC @rc = dbo.bspJCVPHASE @jcco, @job, @phase, @PhaseGroup, @override, @msg OUTPUT;
  IF @rc <> 0 RETURN @rc;

  IF EXISTS (SELECT 1 FROM dbo.bJCJP WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @PhaseGroup AND Phase = @phase)
    RETURN 0;

  SELECT @contract = Contract FROM dbo.bJCJM WHERE JCCo = @jcco AND Job = @job;
  IF @contract IS NULL OR NOT EXISTS (SELECT 1 FROM dbo.bJCCM WHERE JCCo = @jcco AND Contract = @contract)
  BEGIN
    SET @msg = CONCAT('Contract ', @contract, ' not setup!');
    RETURN 1;
  END;
  IF @item IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.bJCCI WHERE JCCo = @jcco AND Contract = @contract AND Item = @item)
  BEGIN
    SET @msg = CONCAT('Contract Item ', @item, ' not set up!');
    RETURN 1;
  END;

  -- Description: the master's, else that of the first similar phase on the job, else in the master.
  SELECT @part = SUBSTRING(@phase, 1, ValidPhaseChars) + '%' FROM dbo.bJCCO WHERE JCCo = @jcco AND ValidPhaseChars > 0;
  SELECT @description = Description, @projminpct = ProjMinPct
  FROM dbo.bJCPM WHERE PhaseGroup = @PhaseGroup AND Phase = @phase;
  IF @description IS NULL
    SELECT TOP (1) @description = Description
    FROM dbo.bJCJP
    WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @PhaseGroup AND Phase LIKE @part ORDER BY Phase;
  IF @description IS NULL
    SELECT TOP (1) @description = Description
    FROM dbo.bJCPM WHERE PhaseGroup = @PhaseGroup AND Phase LIKE @part ORDER BY Phase;

  -- Item: the given one, else that of the first similar phase on the job, else the contract's smallest in string order.
  IF @item IS NULL
    SELECT TOP (1) @item = Item
    FROM dbo.bJCJP
    WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @PhaseGroup AND Phase LIKE @part ORDER BY Phase;
  IF @item IS NULL
    SELECT @item = MIN(Item) FROM dbo.bJCCI WHERE JCCo = @jcco AND Contract = @contract;

  -- A contract without any item gets item "1", formatted with the contract item mask (right-justified here).
  IF @item IS NULL
  BEGIN
    SET @item = RIGHT(SPACE(16) + '1', 16);
    INSERT INTO dbo.bJCCI (JCCo, Contract, Item, Description, Department, UM, BillType, StartMonth)
    SELECT JCCo, Contract, @item, Description, Department, 'LS', DefaultBillType, StartMonth
    FROM dbo.bJCCM WHERE JCCo = @jcco AND Contract = @contract;
  END;

  INSERT INTO dbo.bJCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item, ProjMinPct, ActiveYN)
  VALUES (@jcco, @job, @PhaseGroup, @phase, @description, @contract, @item, COALESCE(@projminpct, 0), 'Y');

  SET @msg = @description;
  RETURN 0;
END;
GO

-- Adds a cost type with a zero estimate to a phase of a job, if it is not there yet.
CREATE PROCEDURE dbo.bspJCADDCOSTTYPE
  @jcco tinyint, @job varchar(10), @phasegroup tinyint, @phase varchar(20), @costtype tinyint, @um varchar(3) = NULL,
  @billflag char(1) = NULL, @itemunitflag char(1) = NULL, @phaseunitflag char(1) = NULL, @buyoutyn char(1) = 'N',
  @activeyn char(1) = 'Y', @override char(1) = 'N', @msg varchar(255) OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @active char(1), @part varchar(21);

  IF NOT EXISTS (SELECT 1 FROM dbo.bJCCT WHERE PhaseGroup = @phasegroup AND CostType = @costtype)
  BEGIN
    SET @msg = CONCAT('JC Cost Type ', @costtype, ' not setup in Cost Type Master!');
    RETURN 1;
  END;

  SELECT @active = ActiveYN
  FROM dbo.bJCCH
  WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @phasegroup AND Phase = @phase AND CostType = @costtype;
  IF @active = 'N' AND @override IN ('N', 'Y')
  BEGIN
    SET @msg = CONCAT('Inactive Cost Type ', @costtype);
    RETURN 1;
  END;
  IF @active IS NOT NULL RETURN 0;

  IF @override = 'N' AND EXISTS (SELECT 1 FROM dbo.bJCJM WHERE JCCo = @jcco AND Job = @job AND LockPhases = 'Y')
  BEGIN
    SET @msg = CONCAT('Phase: ', @phase, ' Cost Type:', @costtype, ' not setup on Job: ', @job);
    RETURN 1;
  END;

  -- In the phase master, or alike in the valid part on the job or in the master.
  SELECT @part = SUBSTRING(@phase, 1, ValidPhaseChars) + '%' FROM dbo.bJCCO WHERE JCCo = @jcco AND ValidPhaseChars > 0;
  IF @override = 'N'
     AND NOT EXISTS (SELECT 1 FROM dbo.bJCPC WHERE PhaseGroup = @phasegroup AND Phase = @phase AND CostType = @costtype)
     AND NOT EXISTS (SELECT 1 FROM dbo.bJCCH
                     WHERE JCCo = @jcco AND Job = @job AND PhaseGroup = @phasegroup AND CostType = @costtype
                       AND Phase LIKE @part)
     AND NOT EXISTS (SELECT 1 FROM dbo.bJCPC WHERE PhaseGroup = @phasegroup AND CostType = @costtype AND Phase LIKE @part)
  BEGIN
    SET @msg = CONCAT('Phase ', @phase, ' Cost Type ', @costtype,
                      ' combination has not been set up in either Phase Master or Job Phases.');
    RETURN 1;
  END;

  -- UNVERIFIED: the bill flag of a header that cost detail creates is the master's, or N, except C for what comes from PM.
  SELECT @um = COALESCE(@um, UM), @billflag = COALESCE(@billflag, BillFlag),
         @itemunitflag = COALESCE(@itemunitflag, ItemUnitFlag), @phaseunitflag = COALESCE(@phaseunitflag, PhaseUnitFlag)
  FROM dbo.bJCPC WHERE PhaseGroup = @phasegroup AND Phase = @phase AND CostType = @costtype;

  INSERT INTO dbo.bJCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, ItemUnitFlag, PhaseUnitFlag, BuyOutYN, Plugged,
                         ActiveYN, OrigHours, OrigUnits, OrigCost, SourceStatus)
  VALUES (@jcco, @job, @phasegroup, @phase, @costtype, COALESCE(@um, 'LS'),
          COALESCE(@billflag, CASE @override WHEN 'P' THEN 'C' ELSE 'N' END),
          COALESCE(@itemunitflag, 'N'), COALESCE(@phaseunitflag, 'N'), @buyoutyn, 'N', @activeyn, 0, 0, 0, 'J');
  RETURN 0;
END;
GO
