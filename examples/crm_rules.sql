-- What the administrator of this demo's CRM has forbidden. Every CRM has such rules, and no lead knows them: a write
-- that breaks one is refused for good, and the lead is parked until a person says what happens.

CREATE TRIGGER contact_name_of_255_characters BEFORE INSERT ON contacts
WHEN length(NEW.name) > 255
BEGIN
  SELECT RAISE(ABORT, 'the name of a contact has at most 255 characters');
END;

CREATE TRIGGER deal_value_with_currency BEFORE INSERT ON works
WHEN NEW.kind = 'deal' AND NEW.value IS NOT NULL AND NEW.currency IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a deal with a value has a currency');
END;

CREATE TRIGGER note_without_card_number BEFORE INSERT ON notes
WHEN NEW.body GLOB '*[0-9][0-9][0-9][0-9] [0-9][0-9][0-9][0-9] [0-9][0-9][0-9][0-9] [0-9][0-9][0-9][0-9]*'
BEGIN
  SELECT RAISE(ABORT, 'a note holds no card number');
END;

-- The product's own rule, not the CRM's: how large a workspace may be where there is little room.
CREATE TRIGGER workspace_that_fits_its_region BEFORE INSERT ON workspaces
WHEN NEW.region = 'in' AND NEW.seats > 900
BEGIN
  SELECT RAISE(ABORT, 'the region has no room for a workspace of that size');
END;
