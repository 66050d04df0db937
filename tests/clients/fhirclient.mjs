// fhirclient (SMART's) against a node: create, search, page, transaction, patch, history. Prints what it saw as JSON.
import fhirclient from 'fhirclient';

const [, , serverUrl, token, system] = process.argv;
const memory = { get: async () => undefined, set: async () => undefined, unset: async () => undefined };
const state = { serverUrl, tokenResponse: { access_token: token } };
const client = fhirclient({ headers: {} }, {}, memory).client(state);

const patient = { resourceType: 'Patient', name: [{ family: '王' }], identifier: [{ system, value: '1' }] };
const created = await client.create(patient);
for (const value of ['2', '3', '4', '5']) await client.create({ ...patient, identifier: [{ system, value }] });

const paged = [];
await client.request(`Patient?identifier=${system}|&_count=2`, {
  pageLimit: 0,
  onPage: (bundle) => void paged.push(...bundle.entry.map((entry) => entry.resource.id)),
});

const answer = await client.request({
  url: serverUrl,
  method: 'POST',
  headers: { 'content-type': 'application/fhir+json' },
  body: JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { request: { method: 'PUT', url: `Patient/${created.id}` }, resource: { ...created, active: true } },
      {
        request: { method: 'POST', url: 'Observation' },
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'pulse' },
          subject: { reference: `Patient/${created.id}` },
        },
      },
    ],
  }),
});

const patched = await client.patch(`Patient/${created.id}`, [{ op: 'replace', path: '/active', value: false }]);
const history = await client.request(`Patient/${created.id}/_history`);
const within = await client.request(`Patient/${created.id}/Observation`);
await client.delete(`Patient/${created.id}`);
const refused = await client.request(`Patient/${created.id}`).catch((error) => error.statusCode ?? error.status);

console.log(
  JSON.stringify({
    paged: new Set(paged).size,
    transaction: answer.entry.map((entry) => entry.response.status.slice(0, 3)),
    patched: patched.active,
    history: history.entry.map((entry) => entry.response.etag),
    within: within.total,
    refused,
  }),
);
