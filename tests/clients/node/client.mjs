// Drives the example service with the product's official client, and asserts on what its caller sees.
// `KEYS` is a JSON text: where the service is, and keys in every state. tests/clients/official_client.rs
// makes them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import cio from 'customerio-node';

const { APIClient, CustomerIORequestError, SendEmailRequest, TrackClient } = cio;
const { base, track, app } = JSON.parse(process.env.KEYS);

const once = { retry: { maxRetries: 0 } };
const trackWith = ({ siteId, apiKey }) =>
  new TrackClient(siteId, apiKey, { url: `${base}/api/v1`, ...once });
const appWith = (token, root = '/v1') => new APIClient(token, { url: `${base}${root}`, ...once });
const email = () =>
  new SendEmailRequest({
    to: 'bob@shop.test',
    identifiers: { id: '7' },
    from: 'ada@acme.test',
    subject: 'Hello',
    body: 'Hello, Bob',
  });

const refused = (statusCode, message) => (error) => {
  assert.ok(error instanceof CustomerIORequestError, `${error}`);
  assert.deepEqual({ statusCode: error.statusCode, message: error.message }, { statusCode, message });
  return true;
};
const unauthorized = refused(401, 'The credentials are missing or not valid.');
const forbidden = refused(403, 'The credentials are valid, but not from this address.');

test('a Track set and an App key do what they are for', async () => {
  const person = '7/ä +%';
  const client = trackWith(track.live);
  const region = await client.request.get(`${base}/api/v1/accounts/region`);
  assert.equal(region.environment_id, 'acme/shop');
  assert.deepEqual(await client.identify(person, { email: 'bob@shop.test', plan: 'free' }), {});
  assert.deepEqual(await client.identify(person, { plan: 'pro' }), {});
  assert.deepEqual(await client.track(person, { name: 'signup', data: { from: 'ad' } }), {});
  assert.deepEqual(await client.trackPageView(person, '/pricing'), {});
  assert.deepEqual(await client.trackAnonymous('somebody', { name: 'visit' }), {});

  for (const root of ['/v1', '/v1/api']) {
    const api = appWith(app.live, root);
    const { customer } = await api.getAttributes(person);
    assert.deepEqual(customer, { id: person, attributes: { email: 'bob@shop.test', plan: 'pro' } });
    const sent = await api.sendEmail(email());
    assert.ok(sent.delivery_id && Number.isInteger(sent.queued_at), JSON.stringify(sent));
  }
  const { activities } = await appWith(app.live).request.get(
    `${base}/v1/customers/${encodeURIComponent(person)}/activities`,
  );
  assert.deepEqual(activities.map(({ name }) => name), ['/pricing', 'signup']);

  assert.deepEqual(await client.destroy(person), {});
  const gone = refused(404, 'the person does not exist');
  await assert.rejects(appWith(app.live).getAttributes(person), gone);
});

for (const [state, set] of Object.entries(track.refused)) {
  test(`a Track set is refused: ${state}`, async () => {
    const client = trackWith(set);
    await assert.rejects(client.identify('7', {}), unauthorized);
    await assert.rejects(client.track('7', { name: 'signup' }), unauthorized);
    await assert.rejects(client.destroy('7'), unauthorized);
    await assert.rejects(client.request.get(`${base}/api/v1/accounts/region`), unauthorized);
  });
}

for (const [state, token] of Object.entries(app.refused)) {
  test(`an App key is refused: ${state}`, async () => {
    await assert.rejects(appWith(token).sendEmail(email()), unauthorized);
    await assert.rejects(appWith(token, '/v1/api').getAttributes('7'), unauthorized);
  });
}

test('a replaced secret works until its sunset, and says so', async () => {
  const client = trackWith(track.overlapping);
  await client.identify('8', {});
  assert.ok(await appWith(app.overlapping).sendEmail(email()));
  const authorization = `Bearer ${app.overlapping}`;
  const answered = await fetch(`${base}/v1/customers/8/attributes`, { headers: { authorization } });
  assert.equal(answered.status, 200);
  assert.match(answered.headers.get('deprecation'), /^@\d+$/);
  assert.ok(Date.parse(answered.headers.get('sunset')) > 0);
});

test('the secret that replaced it works', async () => {
  await trackWith(track.replacing).identify('9', {});
  assert.ok(await appWith(app.replacing).sendEmail(email()));
});

test('an address off the list is told so', async () => {
  await assert.rejects(trackWith(track.elsewhere).identify('7', {}), forbidden);
  await assert.rejects(appWith(app.elsewhere).sendEmail(email()), forbidden);
});

test('a mistake of the caller is the caller\'s', async () => {
  const client = trackWith(track.live);
  const nameless = refused(400, 'the event has no name');
  await assert.rejects(client.request.post(`${base}/api/v1/events`, {}), nameless);
  const lost = refused(404, 'the path does not exist');
  await assert.rejects(client.suppress('7'), lost);
});
