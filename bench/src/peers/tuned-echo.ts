import { tunedExpress } from '@shop/http';
import { Router, type Request, type Response } from 'express';
import { echoed, host, sayWhere } from './echo.js';

const readText = (request: Request): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    request
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('end', () => resolve(text))
      .on('error', reject);
  });

const answer = (response: Response, text: string): void => {
  response.writeHead(201, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }).end(text);
};

/** The shop's own server with nothing behind it, and less in front than the shop has: the most that Express can be brought to. */
const { app, createServer, assertTuned } = tunedExpress();
const router = Router();
router.post('/orders', async (request, response) => {
  answer(response, JSON.stringify(echoed(JSON.parse(await readText(request)))));
});
app.use(router);
assertTuned();
const server = createServer();
server.listen(0, host, () => sayWhere(server.address()));
