// Mistakes that the types catch. Each `@ts-expect-error` fails the compilation if its line compiles.

import createClient from 'openapi-fetch';
import type { paths } from './built/api.js';

const api = createClient<paths>({ baseUrl: '' });
const path = { credential: '2Zk9bQx7LmTa' };

export const mistakes = [
  // @ts-expect-error: there is no such path.
  () => api.GET('/v1/keys'),
  // @ts-expect-error: a change needs the entity tag.
  () => api.POST('/v1/credentials/{credential}:suspend', { params: { path }, body: {} }),
  () =>
    api.POST('/v1/credentials/{credential}:rotate', {
      params: { path, header: { 'If-Match': '"1"' } },
      // @ts-expect-error: absent is not zero.
      body: {},
    }),
  () =>
    api.POST('/v1/credentials', {
      params: {},
      // @ts-expect-error: the kind is required.
      body: { workspace: 'acme/shop', name: 'backend' },
    }),
];
