/** One edit of the built code: a text that must be there exactly once, and what stands there instead. */
export type Edit = { readonly file: string; readonly find: string; readonly instead: string };
export type PlantedBug = { readonly area: 'writes' | 'orders' | 'reads' | 'feed'; readonly name: string; readonly edits: readonly Edit[] };

const writer = 'services/command-api/dist/writing/stream-writer.js';
const batch = 'services/command-api/dist/writing/batch.js';
const execution = 'services/command-api/dist/order/execution.js';
const recovery = 'services/command-api/dist/order/recovery.js';
const wallet = 'services/command-api/dist/wallet/wallet.js';

const bug = (
  area: PlantedBug['area'],
  name: string,
  file: string,
  ...changes: readonly (readonly [find: string, instead: string])[]
): PlantedBug => ({
  area,
  name,
  edits: changes.map(([find, instead]) => ({ file, find, instead })),
});

const append = 'eventStore.append(stream, expected, events)';
/** The append as it is, and then what its outcome is taken for. */
const takenForSuccess = (outcome: string): string =>
  `${append}.then(async (result) => result.outcome === '${outcome}' ? { outcome: 'ok', revision: expected + events.length, position: await tools.head() } : result)`;
const sent = 'const sent = sending(batch, at.revision);';

/** The bugs that the simulation must catch, each a mistake that somebody could make. */
export const plantedBugs: readonly PlantedBug[] = [
  bug('writes', 'expected revision dropped', writer, [
    append,
    `eventStore.readStreamBackwards(stream, 'end', 1).then(([last]) => eventStore.append(stream, last?.revision ?? -1, events))`,
  ]),
  bug('writes', 'conflict answered as success', writer, [append, takenForSuccess('conflict')]),
  bug('writes', 'unknown answered as success', writer, [append, takenForSuccess('unknown')]),
  bug('writes', 'unknown answered as refusal', writer, [`asked.mayBeWritten ? 'OUTCOME_UNKNOWN' : obstacle`, 'obstacle']),
  bug('writes', 'refusal from state read before the command', batch, [
    `case 'refused':
        case 'fault':
            return true;`,
    `case 'refused': return false;
        case 'fault':
            return true;`,
  ]),
  bug('writes', '"unchanged" answered from a stale cache', batch, ['return !judgement.remembered;', 'return false;']),
  bug('writes', 'repeat answered before its batch landed', writer, [
    sent,
    `${sent}
            void tools.head().then((before) =>
              sent.commands.forEach((asked, index) => batch.judgements[index]?.outcome === 'repeated' && answer(asked, { ...batch.judgements[index], position: before })));`,
  ]),
  bug('writes', 'events of a failed batch left in the cached state', writer, [sent, `${sent} takeIn(batch.facts, sent.expected);`]),
  bug('writes', 'answered before it is on disk', 'services/command-api/dist/answering.js', [
    'const firm = ground.firm(footing);',
    'const firm = undefined;',
  ]),
  bug('writes', 'refused before what it rests on is on disk', 'services/command-api/dist/answering.js', [
    'await ground.firm(footing, fault);',
    ';',
  ]),
  bug('writes', 'decided on what was lost', 'services/command-api/dist/writing/ground.js', [
    'footing.losses === staging.losses();',
    'true;',
  ]),
  bug('writes', 'states kept after a loss', 'services/command-api/dist/writing/aggregates.js', ['state.startAgain();', 'void state;']),

  bug('orders', 'release before void', recovery, [
    'if (await voidUnlessPaid(checkout, context))',
    `await Promise.all(entries.map((entry) => close('release', entry, context)));
            if (await voidUnlessPaid(checkout, context))`,
  ]),
  bug('orders', 'sweeper skips the wallet', recovery, [`return 'void, then release';`, `return 'release';`]),
  bug('orders', 'payment ignores the void', wallet, ['if (voided.has(checkoutId))', 'if (false)']),
  bug('orders', 'release after unknown payment', execution, ['if (!isOutcomeUnknown(fault))', 'if (fault)']),
  bug('orders', 'sweeper looks at orders instead of reservations', recovery, [
    `if (remedy === 'void, then release') {`,
    `if (remedy === 'void, then release') {
            return [];`,
  ]),
  bug('orders', 'sweeper overlooks a cancellation', 'services/command-api/dist/order/order-facts.js', [
    `event.type === 'OrderPaid' || event.type === 'OrderCancelled'`,
    `event.type === 'OrderPaid'`,
  ]),
  bug('orders', 'sales kept after a loss', 'services/command-api/dist/order/settlement.js', [
    'onLoss(() => waiting.clear());',
    'onLoss(() => undefined);',
  ]),
  bug('orders', 'twin not recognised', 'services/command-api/dist/order/judge.js', ['if (reservation.orderId === orderId)', 'if (false)']),
  bug('orders', 'lines not summed', 'services/command-api/dist/order/order-request.js', ['return sums;', 'return [...lines];']),
  bug('orders', 'stock returned twice', 'services/command-api/dist/product/product.js', ['returned.has(request.reservationId)', 'false']),
  bug('orders', 'return due forgotten after the sale', 'services/projector/dist/to-do/to-do.js', [
    `kind !== 'open-reservation' || !reservations.has(reservationId)`,
    '!reservations.has(reservationId) && (kind, true)',
  ]),
  bug('orders', 'baskets refuse each other', execution, [
    'return reserved.held.length > 0 ? later(reserved.by) : { ...atOnce, first: reserved.by };',
    `return refuse(execution, { type: 'InsufficientStock', items: [] });`,
  ]),
  bug('orders', 'one cart bought under two keys', wallet, [`return refuse({ type: 'CartMoved', lastCartOrder });`, ';']),
  bug('orders', "a cart line's itemId used again", 'services/command-api/dist/cart/routes.js', [
    'itemId: newId()',
    'itemId: `item-of-${userId}-${productId}`',
  ]),
  bug('orders', 'snapshot forgets voids', 'services/command-api/dist/wallet/wallet-snapshot.js', ['voided: [...voided]', 'voided: []']),

  bug('reads', 'checkpoint before documents', 'services/projector/dist/engine/runner.js', [
    'const { obstacles, wrote } = await applyBatch(',
    `await moveCheckpoint(readStore, now.checkpoint.guard, events.at(-1).recorded.position, now.checkpoint.document);
        const { obstacles, wrote } = await applyBatch(`,
  ]),
  bug('reads', 'redelivered event folded twice', 'services/projector/dist/engine/fold.js', [
    'if (working.guard !== null && context.position <= working.guard)',
    'if (false)',
  ]),
  bug('reads', 'older document replaces newer', 'simulation/dist/ports/simulated-documents.js', [
    'if ((stands?.guard ?? null) !== from)',
    `if (collection === 'checkpoints' && (stands?.guard ?? null) !== from)`,
  ]),
  bug('reads', 'read model older than the token accepted', 'services/query-api/dist/freshness/exact-reads.js', [
    "return level === 'session' ? token : laterOf(end, token);",
    `return level === 'session' ? beginning : laterOf(end, token);`,
  ]),
  bug('reads', 'window off by a minute', 'services/query-api/dist/best-sellers/sales-window.js', [
    '* minuteMs - windowMs;',
    '* minuteMs - windowMs + minuteMs;',
  ]),

  bug('feed', 'events passed over where a node of the store is behind', 'services/projector/dist/engine/event-pages.js', [
    `else
                await clock.sleep(settings.retry.firstMs, signal);`,
    `else if (recent.take(start, released ?? start, settings.pageEvents).length > 0)
                return recent.take(start, released ?? start, settings.pageEvents);
            else
                await clock.sleep(settings.retry.firstMs, signal);`,
  ]),
  bug('feed', 'checkpoint before acknowledgement', 'services/projector/dist/order-feed/relay.js', [
    `if (events.length > 0)
            await feed.publish(events);`,
    `position = through;
        await save();
        if (events.length > 0)
            await feed.publish(events);`,
  ]),
];
