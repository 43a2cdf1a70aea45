-- Transaction numbers (facts 2.8).

-- Returns the next number of a table, company and month; 0 is an error, with its words in @err.
-- The row of bHQTC stays locked until the caller's transaction ends: COMMIT here only closes the inner level.
CREATE PROCEDURE dbo.bspHQTCNextTrans
  @table varchar(20), @co tinyint, @mth smalldatetime, @err varchar(255) = NULL OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @trans int;

  IF @table IS NULL OR @co IS NULL OR @mth IS NULL
  BEGIN
    SET @err = 'Unable to get next available trans#';
    RETURN 0;
  END;

  BEGIN TRANSACTION;

  UPDATE dbo.bHQTC SET LastTrans = LastTrans + 1 WHERE TableName = @table AND Co = @co AND Mth = @mth;
  IF @@ROWCOUNT = 0
    INSERT INTO dbo.bHQTC (TableName, Co, Mth, LastTrans) VALUES (@table, @co, @mth, 1);

  SELECT @trans = LastTrans FROM dbo.bHQTC WHERE TableName = @table AND Co = @co AND Mth = @mth;

  COMMIT TRANSACTION;
  RETURN @trans;
END;
GO

-- One row of contract item detail (OC original, CO change order). 0, or 1 with the refusal in @msg.
CREATE PROCEDURE dbo.sandbox_post_item_detail
  @jcco tinyint, @mth smalldatetime, @contract varchar(10), @item varchar(16), @type varchar(2), @source char(10),
  @amount numeric(12,2), @msg varchar(255) OUTPUT
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @trans int;

  EXEC @trans = dbo.bspHQTCNextTrans 'bJCID', @jcco, @mth, @msg OUTPUT;
  IF @trans = 0 RETURN 1;

  INSERT INTO dbo.bJCID (JCCo, Mth, ItemTrans, Contract, Item, JCTransType, TransSource, PostedDate, ContractAmt)
  VALUES (@jcco, @mth, @trans, @contract, @item, @type, @source, CAST(GETDATE() AS date), @amount);
  RETURN 0;
END;
GO
