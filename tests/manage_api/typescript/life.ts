// The life of a key, by a client whose types come from openapi.json. `BASE` is where the API is mounted, and `SERVICE` where a
// handler takes an App key. tests/manage_api/typescript.rs generates the types, compiles this file and runs it.

import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './built/api.js';

type Problem = components['schemas']['Problem'];
type Credential = components['schemas']['Credential'];

const { BASE, SERVICE } = process.env;
assert.ok(BASE && SERVICE);

const api = createClient<paths>({ baseUrl: BASE });

/** The status of the service for a key. */
const status = async (secret: string): Promise<number> => {
  const response = await fetch(SERVICE, { headers: { Authorization: `Bearer ${secret}` } });
  await response.text();
  return response.status;
};

/** Returns the entity tag of an answer. */
const tag = (response: Response): string => {
  const value = response.headers.get('etag');
  assert.ok(value, 'an answer with a record has its entity tag');
  return value;
};

/** Fails unless an answer is this refusal. */
const refused = (error: Problem | undefined, code: components['schemas']['ProblemCode']): Problem => {
  assert.ok(error, `expected the refusal ${code}`);
  assert.equal(error.type, `urn:keyward:problem:${code}`);
  return error;
};

// The workspace, page by page.
const workspaces = await api.GET('/v1/workspaces', { params: { query: { page_size: 1 } } });
const shop = workspaces.data?.items[0];
assert.ok(shop?.is === 'record');
assert.equal(shop.name, 'Shop');

// Issue. A repeat makes nothing new.
const wish = { workspace: shop.id, kind: 'app', name: 'backend', expires: null };
const key = { 'Idempotency-Key': crypto.randomUUID() };
const issued = await api.POST('/v1/credentials', { params: { header: key }, body: wish });
assert.equal(issued.response.status, 201);
assert.ok(issued.data);
const { credential, secret: first } = issued.data;
const location = new URL(issued.response.headers.get('location') ?? '', issued.response.url);
assert.equal((await fetch(location)).status, 200);
const repeated = await api.POST('/v1/credentials', { params: { header: key }, body: wish });
assert.equal(refused(repeated.error, 'repeated').repeated?.credential.id, credential.id);
assert.equal(await status(first), 200);
const taken = await api.POST('/v1/credentials', { params: {}, body: wish });
assert.deepEqual(refused(taken.error, 'name_taken').errors?.map(({ pointer }) => pointer), ['#/name']);

const path = { credential: credential.id };
let etag = tag(issued.response);
/** The parameters of a change of the credential. */
const changing = () => ({ path, header: { 'If-Match': etag } });
/** Remembers the entity tag of a changed credential. */
const changed = (answer: { data?: Credential; response: Response }): Credential => {
  assert.ok(answer.data, `status ${answer.response.status}`);
  etag = tag(answer.response);
  return answer.data;
};

// Rename, and lose an update.
const before = etag;
const renamed = await api.POST('/v1/credentials/{credential}:rename', {
  params: changing(),
  body: { name: 'reports' },
});
assert.equal(changed(renamed).name, 'reports');
const lost = await api.POST('/v1/credentials/{credential}:suspend', {
  params: { path, header: { 'If-Match': before } },
  body: {},
});
assert.equal(refused(lost.error, 'changed').revision, 2);

// Rotate: both secrets work until the overlap ends.
const rotated = await api.POST('/v1/credentials/{credential}:rotate', {
  params: changing(),
  body: { overlap_seconds: 3600 },
});
assert.ok(rotated.data?.previous_until);
etag = tag(rotated.response);
const second = rotated.data.secret;
assert.deepEqual([await status(first), await status(second)], [200, 200]);
const generations = await api.GET('/v1/credentials/{credential}/generations', { params: { path } });
assert.deepEqual(generations.data?.items.map(({ status }) => status.is), ['current', 'overlaps']);
changed(await api.POST('/v1/credentials/{credential}:end_overlap', { params: changing(), body: {} }));
assert.deepEqual([await status(first), await status(second)], [401, 200]);

// Suspend and resume.
const suspended = await api.POST('/v1/credentials/{credential}:suspend', { params: changing(), body: {} });
assert.equal(changed(suspended).status, 'suspended');
assert.equal(await status(second), 401);
changed(await api.POST('/v1/credentials/{credential}:resume', { params: changing(), body: {} }));
assert.equal(await status(second), 200);

// Deprecate and undo, an expiry and none.
const deprecated = await api.POST('/v1/credentials/{credential}:deprecate', {
  params: changing(),
  body: { sunset: null },
});
assert.equal(changed(deprecated).deprecation?.sunset, null);
changed(await api.POST('/v1/credentials/{credential}:undeprecate', { params: changing(), body: {} }));
const expires = new Date(Date.UTC(2040, 0, 1)).toISOString();
const expiring = await api.POST('/v1/credentials/{credential}:set_expiry', {
  params: changing(),
  body: { expires },
});
assert.equal(new Date(changed(expiring).expires ?? '').toISOString(), expires);
changed(await api.POST('/v1/credentials/{credential}:clear_expiry', { params: changing(), body: {} }));

// The allowlist, under the entity tag of the workspace.
const listed = await api.GET('/v1/allowlist', { params: { query: { workspace: shop.id } } });
const restricted = await api.POST('/v1/allowlist:add', {
  params: { header: { 'If-Match': tag(listed.response) } },
  body: { workspace: shop.id, networks: ['203.0.113.0/24'] },
});
assert.equal(restricted.data?.items[0]?.network, '203.0.113.0/24');
assert.equal(await status(second), 403);
const lifted = await api.POST('/v1/allowlist:lift', {
  params: { header: { 'If-Match': tag(restricted.response) } },
  body: { workspace: shop.id },
});
assert.deepEqual(lifted.data?.items, []);

// A set that can be revealed, and an integration that uses it.
const sets = await api.GET('/v1/credentials', { params: { query: { kind: 'track', status: 'active' } } });
const set = sets.data?.items[0];
assert.ok(set?.is === 'record');
const revealed = await api.POST('/v1/credentials/{credential}:reveal', {
  params: { path: { credential: set.id } },
  body: {},
});
assert.equal(revealed.data?.credential, set.id);
assert.ok(revealed.data.secret.length > 20);
const again = await api.POST('/v1/credentials/{credential}:reveal', { params: { path }, body: {} });
refused(again.error, 'shown_once');
const integrations = await api.GET('/v1/integrations', { params: { query: { workspace: shop.id } } });
const connected = await api.POST('/v1/integrations:connect', {
  params: { header: { 'If-Match': tag(integrations.response) } },
  body: { workspace: shop.id, integration: 'segment', credential: null },
});
assert.equal(connected.data?.items[0]?.credential, set.id);
const impact = await api.GET('/v1/credentials/{credential}/deletion_impact', {
  params: { path: { credential: set.id } },
});
assert.deepEqual(impact.data?.integrations, ['segment']);

// Delete, by the typed name.
const mistyped = await api.POST('/v1/credentials/{credential}:delete', {
  params: changing(),
  body: { name: 'backend' },
});
refused(mistyped.error, 'wrong_typed_name');
const deleted = await api.POST('/v1/credentials/{credential}:delete', {
  params: changing(),
  body: { name: 'reports' },
});
assert.equal(deleted.response.status, 204);
assert.equal(await status(second), 401);
refused((await api.GET('/v1/credentials/{credential}', { params: { path } })).error, 'credential_not_found');

// The history, newest first, in pages.
const actions: string[] = [];
let page_token: string | null | undefined;
do {
  const query = { credential: credential.id, page_size: 4, ...(page_token ? { page_token } : {}) };
  const events = await api.GET('/v1/events', { params: { query } });
  assert.ok(events.data);
  for (const event of events.data.items) {
    if (event.is === 'record') actions.push(event.action.is);
  }
  page_token = events.data.next_page_token;
} while (page_token);
assert.deepEqual(actions.reverse(), [
  'issued',
  'renamed',
  'rotated',
  'overlap_ended',
  'suspended',
  'resumed',
  'deprecated',
  'undeprecated',
  'expiry_set',
  'expiry_cleared',
  'deleted',
]);
console.log('the life of a key is complete');
