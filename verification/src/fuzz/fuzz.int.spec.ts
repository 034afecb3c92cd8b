import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestShop } from '@shop/all-in-one/testing/open-test-shop';
import { fuzz } from './fuzz.js';

/** A shop that says of itself what the real one says, and answers everything wrong in one way. */
describe('the fuzzer', () => {
  let document = '';
  let answer: (response: ServerResponse) => void = () => undefined;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    const shop = await openTestShop();
    document = JSON.stringify((await shop.call('GET', '/openapi.json')).body);
    await shop.stop();
    server = createServer((request, response) => {
      request.resume();
      response.setHeader('x-request-id', 'r');
      if (request.url === '/openapi.json') response.end(document);
      else answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['an error of the server', (response) => response.writeHead(500).end(), /an error of the server/],
    ['no answer at all', (response) => response.destroy(), /an error of the server[^]*no answer/],
    ['a status that is not documented', (response) => response.writeHead(418).end(), /status 418 is not documented/],
    [
      'a media type that is not documented',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('x'),
      /text\/html is not documented/,
    ],
    [
      'a body that is not as documented',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"stock":-1}'),
      /the body is not as documented/,
    ],
    ['bad input that was taken', (response) => response.writeHead(204).end(), /should have been refused with 400/],
    [
      'who sends no token and gets in',
      (response) => response.writeHead(204).end(),
      /should have been refused with 401 \((?:no|an? .*) token/,
    ],
    [
      'a valid request that was refused for its form',
      (response) => response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{}'),
      /a valid request was refused for its form \(valid\)/,
    ],
  ])('names %s', async (_, wrong, said) => {
    answer = wrong;
    const { findings } = await fuzz({ url, mode: 'jwt', requests: 300, seed: 1, connections: 4, tell: () => undefined });
    expect(findings.join('\n')).toMatch(said);
  });
});
