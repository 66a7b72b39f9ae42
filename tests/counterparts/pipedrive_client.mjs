// Drives the fake by Pipedrive's own client: what the client cannot say or read, Pipedrive would not take or give.
// Arguments: the folder that the client is installed in, the fake's URL, a token. Prints what came back as JSON.
import { createRequire } from "node:module";

const [folder, url, token] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const v1 = require("pipedrive/v1");
const v2 = require("pipedrive/v2");
const now = new v2.Configuration({ apiKey: token, basePath: `${url}/api/v2` });
const old = new v1.Configuration({ apiKey: token, basePath: `${url}/v1` });
const persons = new v2.PersonsApi(now);
const organizations = new v2.OrganizationsApi(now);
const deals = new v2.DealsApi(now);
const activities = new v2.ActivitiesApi(now);
const notes = new v1.NotesApi(old);

// The client rejects with the body of an error answer.
const refused = async (call) => {
  try {
    await call;
    return "taken";
  } catch (body) {
    return body.success === false ? body.code : String(body);
  }
};

const fields = (await new v2.PersonFieldsApi(now).getPersonFields({ limit: 500 })).data;
const key = fields.find((one) => one.field_name === "throughline_key").field_code;
const acme = (await organizations.addOrganization({ AddOrganizationRequest: { name: "Acme" } })).data;
const person = {
  name: "Zoë",
  org_id: acme.id,
  emails: [{ value: "zoe@acme.example", primary: true, label: "work" }],
  custom_fields: { [key]: "email:zoe@acme.example" },
};
const made = (await persons.addPerson({ AddPersonRequest: person })).data;
const twin = (await persons.addPerson({ AddPersonRequest: person })).data;
const phones = [{ value: "+12025550143", primary: true }];
const changed = (await persons.updatePerson({ id: made.id, AddPersonRequest: { phones } })).data;
const listed = (await persons.getPersons({ ids: `${made.id},${twin.id}`, sort_by: "update_time" })).data;
const unseen = (await persons.searchPersons({ term: "zoe@acme.example", fields: "email", exact_match: true })).data;
const asked = { title: "A request", stage_id: 2, person_id: made.id, value: 12000 };
const deal = (await deals.addDeal({ AddDealRequest: asked })).data;
const page = await deals.getDeals({ person_id: made.id, limit: 1 });
const participants = [{ person_id: made.id, primary: true }];
const task = (await activities.addActivity({ AddActivityRequest: { subject: "Call", participants } })).data;
const note = (await notes.addNote({ AddNoteRequest: { content: "Reasons", deal_id: deal.id } })).data;
const gone = (await persons.deletePerson({ id: twin.id })).data;
const users = (await new v1.UsersApi(old).getUsers()).data;

const refusals = {
  readOnly: await refused(activities.addActivity({ AddActivityRequest: { subject: "Call", person_id: made.id } })),
  onNothing: await refused(notes.addNote({ AddNoteRequest: { content: "Reasons" } })),
  unknown: await refused(persons.addPerson({ AddPersonRequest: { name: "Zoë", email: "zoe@acme.example" } })),
  missing: await refused(persons.getPerson({ id: twin.id })),
};

console.log(
  JSON.stringify({
    key,
    person: made,
    twins: twin.id !== made.id,
    phone: changed.phones[0].value,
    listed: listed.length,
    unseen: unseen.items.length,
    deal: { pipeline: deal.pipeline_id, status: deal.status, value: deal.value },
    deals: { rows: page.data.length, next: page.additional_data.next_cursor },
    refusals,
    task: task.person_id,
    note: { deal: note.deal_id, active: note.active_flag },
    gone: gone.id === twin.id,
    users: users.length,
  }),
);
