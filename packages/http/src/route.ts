import type { z } from 'zod';
import type { ProblemCode } from './problem.js';

export const scopes = ['users:read', 'wallet:charge', 'orders:manage', 'catalog:write', 'stock:write', 'ops:read', 'ops:write'] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who may call a route. Deny by default: a route cannot be written without one.
 * - `public`: anyone
 * - `self`: the user of the request (token, `X-User-Id`, `userId`); `reach` is the scope that lets a caller act for another user
 * - `path-user`: the `userId` in the path, else as `self`
 * - `scope`: whoever holds the scope
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'self'; readonly reach?: Scope }
  | { readonly kind: 'path-user'; readonly reach: Scope }
  | { readonly kind: 'scope'; readonly scope: Scope };

/** One row of the HTTP contract: validates the request, shapes the answer and becomes the OpenAPI document. */
export type Route = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express form: `/orders/cart/:itemId`. */
  readonly path: string;
  readonly service: 'command-api' | 'query-api' | 'projector';
  readonly access: Access;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** 200, 201 or 204, and the body's schema where it has one. */
  readonly success: { readonly status: 200 | 201 | 204; readonly body?: z.ZodType };
  /** What it answers instead where this query parameter is `true`: such a call writes nothing and needs no key. */
  readonly otherwise?: { readonly query: string; readonly status: 200; readonly body: z.ZodType };
  /** Codes beyond those that every route may answer. */
  readonly problems: readonly ProblemCode[];
  /** `Idempotency-Key`: the effect is bound to it, or only its form is checked. Every POST has one of the two. */
  readonly idempotency?: 'honoured' | 'checked';
  /** Whether `If-Match` is judged; elsewhere on writes it is refused. */
  readonly ifMatch?: boolean;
};

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** How fresh a read must be (header `Consistency`); `token` is `Consistency-Token`, a position of the log. */
export type Consistency =
  | { readonly level: 'strong'; readonly token?: string }
  | { readonly level: 'session'; readonly token: string }
  | { readonly level: 'eventual' };

/** What a handler gets: everything parsed, checked and authorised. */
export type RouteRequest<R extends Route> = {
  readonly params: Output<R['params']>;
  readonly query: Output<R['query']>;
  readonly body: Output<R['body']>;
  /** The user acted for; empty string on `public` and `scope` routes. */
  readonly userId: string;
  /** True where the caller may see every user's resources and named none (`GET /orders/{orderId}` of an operator). */
  readonly anyUser: boolean;
  /** Token subject or user id; `anonymous` otherwise. Goes into the events' metadata. */
  readonly actor: string;
  /** Who an idempotency key belongs to, besides user and operation: the token's subject, else the user. */
  readonly caller: string;
  /** Surrounding quotes stripped. */
  readonly idempotencyKey?: string;
  /** `undefined`: no If-Match; `'*'`: any existing one; else the revision named. */
  readonly ifMatch?: '*' | number;
  readonly consistency: Consistency;
  readonly requestId: string;
  readonly traceparent?: string;
  /** When the HTTP edge received it. */
  readonly receivedAt: Date;
  /** When work on it ends (503), in milliseconds of the injected monotonic clock. */
  readonly deadline: number;
  /** Aborted when the client has gone or the deadline has passed. */
  readonly signal: AbortSignal;
};

type Body<Answer> = Answer extends { readonly body: infer Schema extends z.ZodType } ? z.input<Schema> : undefined;

export type RouteAnswer<R extends Route> = {
  readonly body?: Body<R['success']> | (R extends { readonly otherwise: infer Otherwise } ? Body<Otherwise> : never);
  /** Writes: `Consistency-Token`. */
  readonly token?: string;
  /** Reads: `As-Of-Position`. */
  readonly asOf?: string;
  /** `Idempotent-Replayed: true`. */
  readonly replayed?: boolean;
  readonly location?: string;
  /** Reads of products and carts: the revision in front of the ETag's hash. */
  readonly revision?: number;
};

/** Answers or throws a `Problem`. Anything else thrown is a fault: logged with its stack, answered as a bare 500. */
export type Handler<R extends Route> = (request: RouteRequest<R>) => Promise<RouteAnswer<R>>;

export type BoundRoute = { readonly route: Route; readonly handle: (request: RouteRequest<Route>) => Promise<RouteAnswer<Route>> };
