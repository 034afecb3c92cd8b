import { backOff, type Clock, type Random } from '@shop/clock';
import { z } from 'zod';
import { sampleCatalogue } from './sample-catalogue.js';

const problem = z.object({ code: z.string() });
const retry = { firstMs: 200, mostMs: 2_000 };

export type CatalogueTarget = {
  /** Of a gateway or a command-api. */
  readonly url: string;
  /** With the scope `catalog:write`, where the shop asks for one. */
  readonly token?: string;
  readonly send: typeof fetch;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a shop that does not answer yet is waited for, in milliseconds. */
  readonly patienceMs: number;
};

type Answer = { readonly status: number; readonly body: unknown };

const post = async ({ url, token, send }: CatalogueTarget, product: { readonly productId: string }): Promise<Answer | undefined> => {
  try {
    const response = await send(new URL('/products', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `sample-catalogue/${product.productId}`,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(product),
      signal: AbortSignal.timeout(15_000),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined; // nobody there yet, or the answer was lost: the key makes a repeat safe
  }
};

/** A product that is there is left as it is, whoever registered it. */
const isRegistered = ({ status, body }: Answer): boolean =>
  status === 201 || (status === 409 && problem.safeParse(body).data?.code === 'PRODUCT_ALREADY_EXISTS');

const register = async (target: CatalogueTarget, product: { readonly productId: string }): Promise<void> => {
  const { clock, random, patienceMs } = target;
  const end = clock.monotonic() + patienceMs;
  for (let failures = 0; ; failures += 1) {
    const answer = await post(target, product);
    if (answer && isRegistered(answer)) return;
    if (answer && answer.status < 500) throw new Error(`${product.productId} is refused: ${answer.status} ${JSON.stringify(answer.body)}`);
    if (clock.monotonic() > end)
      throw new Error(`the shop at ${target.url} does not take ${product.productId}: ${answer?.status ?? 'no answer'}`);
    await clock.sleep(backOff(random, failures, retry));
  }
};

/**
 * Registers the sample catalogue over HTTP, for a first order. Repeating it changes nothing.
 * @throws Error where the shop refuses a product, or does not take it in time
 */
export const registerCatalogue = async (target: CatalogueTarget): Promise<void> => {
  for (const product of sampleCatalogue) await register(target, product);
};
