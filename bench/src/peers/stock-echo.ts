import express from 'express';
import { echoed, host, sayWhere } from './echo.js';

/** Express as its documentation shows it. */
const app = express();
app.use(express.json());
app.post('/orders', (request, response) => {
  response.status(201).json(echoed(request.body));
});
const server = app.listen(0, host, () => sayWhere(server.address()));
