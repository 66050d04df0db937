// fhir-kit-client against a node: create, search, page, transaction, patch, history. Prints what it saw as JSON.
import { Client } from 'fhir-kit-client';

const [, , baseUrl, token, system] = process.argv;
const client = new Client({ baseUrl, bearerToken: token });

const patient = { resourceType: 'Patient', name: [{ family: '李' }], identifier: [{ system, value: '1' }] };
const created = await client.create({ resourceType: 'Patient', body: patient });
for (const value of ['2', '3', '4', '5']) {
  await client.create({ resourceType: 'Patient', body: { ...patient, identifier: [{ system, value }] } });
}

const paged = [];
let bundle = await client.search({ resourceType: 'Patient', searchParams: { identifier: `${system}|`, _count: 2 } });
while (bundle) {
  paged.push(...bundle.entry.map((entry) => entry.resource.id));
  bundle = await client.nextPage({ bundle });
}

const answer = await client.transaction({
  body: {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:0c3f2a54-0000-4000-8000-000000000001',
        request: { method: 'PUT', url: `Patient/${created.id}` },
        resource: { ...created, active: true },
      },
      {
        request: { method: 'POST', url: 'Observation' },
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'pulse' },
          subject: { reference: 'urn:uuid:0c3f2a54-0000-4000-8000-000000000001' },
        },
      },
    ],
  },
});

const patched = await client.patch({
  resourceType: 'Patient',
  id: created.id,
  jsonPatch: [{ op: 'replace', path: '/active', value: false }],
});
const history = await client.history({ resourceType: 'Patient', id: created.id });
const within = await client.compartmentSearch({
  resourceType: 'Observation',
  compartment: { resourceType: 'Patient', id: created.id },
});
await client.delete({ resourceType: 'Patient', id: created.id });
const refused = await client.read({ resourceType: 'Patient', id: created.id }).catch((error) => error.response.status);

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
