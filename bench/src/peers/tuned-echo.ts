import { jsonOf, readBody, tunedExpress } from '@shop/http';
import { Router, type Response } from 'express';
import { echoed, host, sayWhere } from './echo.js';

const answer = (response: Response, text: string): void => {
  response.writeHead(201, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }).end(text);
};

/** The shop's own server and reader of bodies with nothing behind them, and neither keys, logs nor metrics in front: the most that Express can be brought to. */
const { app, createServer, assertTuned } = tunedExpress();
const router = Router();
router.post('/orders', async (request, response) => {
  answer(response, JSON.stringify(echoed(jsonOf(request, await readBody(request)))));
});
app.use(router);
assertTuned();
const server = createServer();
server.listen(0, host, () => sayWhere(server.address()));
