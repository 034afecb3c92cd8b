import { registerCatalogue } from '@shop/all-in-one/register-catalogue';
import { sampleCatalogue } from '@shop/all-in-one/sample-catalogue';
import { systemClock, systemRandom } from '@shop/clock';
import { z } from 'zod';

const catalogue = z.object({ items: z.array(z.object({ productId: z.string() })) });
const patienceMs = 30_000;

/**
 * Registers the sample catalogue in an empty shop, or the rest of it where that was cut short.
 * @throws Error where the shop refuses
 */
export const seedCatalogue = async (url: string): Promise<void> => {
  const { items } = catalogue.parse(await (await fetch(`${url}/products?limit=1`)).json());
  const [first] = items;
  if (first && !sampleCatalogue.some(({ productId }) => productId === first.productId)) return;
  await registerCatalogue({ url, send: fetch, clock: systemClock, random: systemRandom, patienceMs });
};
