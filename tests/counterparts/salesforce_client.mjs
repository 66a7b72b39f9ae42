// Drives the fake by jsforce: what it cannot say or read, Salesforce would not take or give.
// Arguments: the folder that it is installed in, the fake's URL, client id and secret. Prints what came back as JSON.
import { createRequire } from "node:module";

const [folder, url, clientId, clientSecret] = process.argv.slice(2);
const jsforce = createRequire(`${folder}/`)("@jsforce/jsforce-node");
const VERSION = "68.0";
const KEY = "Throughline_Key__c";

const loggedIn = async (secret) => {
  const oauth2 = { loginUrl: url, clientId, clientSecret: secret };
  const connection = new jsforce.Connection({ oauth2, version: VERSION });
  await connection.authorize({ grant_type: "client_credentials" });
  return connection;
};

const refused = async (call) => {
  try {
    await call();
    return "taken";
  } catch (error) {
    return error.errorCode ?? error.name;
  }
};

const org = await loggedIn(clientSecret);
const contacts = org.sobject("Contact");
const account = await org.sobject("Account").create({ Name: "Acme", [KEY]: "domain:acme.example" });
const zoe = { LastName: "Zoë", Email: "zoe@acme.example", AccountId: account.id };
const [first] = await contacts.upsert([{ ...zoe, [KEY]: "email:zoe@acme.example" }], KEY);
const [again, unnamed] = await contacts.upsert(
  [{ LastName: "Zoé", [KEY]: "email:zoe@acme.example" }, { Phone: "+12025550144", [KEY]: "phone:+12025550144" }],
  KEY,
);
const changed = await contacts.update({ Id: again.id, Phone: "+12025550143" });
const found = await org.query(`SELECT Id, LastName, Phone FROM Contact WHERE Email = 'zoe@acme.example'`);
const described = await contacts.describe();
const q = encodeURIComponent(`SELECT Id FROM Account WHERE ${KEY} = 'domain:acme.example'`);
const composite = await org.requestPost(`/services/data/v${VERSION}/composite`, {
  allOrNone: false,
  compositeRequest: [
    { method: "GET", url: `/services/data/v${VERSION}/query/?q=${q}`, referenceId: "one" },
    { method: "GET", url: `/services/data/v${VERSION}/query/?q=${q.replace("Id", "Nothing")}`, referenceId: "two" },
  ],
});

// Whoever shows a token that is no good asks for another one and is served, as by the connector.
let renewals = 0;
const stale = new jsforce.Connection({
  instanceUrl: url,
  accessToken: "expired",
  version: VERSION,
  refreshFn: async (_, done) => {
    renewals += 1;
    done(null, org.accessToken);
  },
});
const served = await stale.query(`SELECT Id FROM Contact WHERE Email = 'zoe@acme.example'`);

const refusals = {
  secret: await refused(() => loggedIn("wrong")),
  taken: await refused(() => contacts.create({ LastName: "Zoë", [KEY]: "email:zoe@acme.example" })),
  missing: await refused(() => contacts.create({ Email: "bob@acme.example" })),
  unknown: await refused(() => contacts.update({ Id: again.id, Nickname: "Zo" })),
  tooLong: await refused(() => contacts.update({ Id: again.id, Phone: "1".repeat(300) })),
  nowhere: await refused(() => contacts.update({ Id: again.id, AccountId: "001000000000000999" })),
  column: await refused(() => org.query("SELECT Nickname FROM Contact WHERE Email = 'zoe@acme.example'")),
};
const gone = await contacts.destroy(again.id);
refusals.deleted = await refused(() => contacts.destroy(again.id));

console.log(
  JSON.stringify({
    same: first.id === again.id,
    created: [first.created, again.created],
    unnamed: [unnamed.success, unnamed.errors[0].statusCode],
    changed: changed.success,
    found: found.records.map((one) => [one.Id === again.id, one.LastName, one.Phone]),
    unique: described.fields.filter((one) => one.unique).map((one) => one.name),
    composite: composite.compositeResponse.map((one) => [
      one.referenceId,
      one.httpStatusCode,
      one.body.records?.[0].Id === account.id,
      one.body[0]?.errorCode ?? null,
    ]),
    renewals,
    served: served.totalSize,
    refusals,
    gone: gone.success,
  }),
);
