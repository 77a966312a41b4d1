-- Write down what merchants' servers asked, as many lines as there are: {"lines": [rows of merchants_apirequest]}. A line that is
-- there already stays.
CREATE OR REPLACE FUNCTION merchants_note_api_requests(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO merchants_apirequest
    SELECT * FROM jsonb_populate_recordset(NULL::merchants_apirequest, document -> 'lines')
    ON CONFLICT DO NOTHING;
    RETURN true;
END $$;
