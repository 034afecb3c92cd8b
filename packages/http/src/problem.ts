/** The closed table of problem codes. A new one changes the HTTP contract. */
export const problemStatus = {
  MALFORMED_JSON: 400,
  USER_ID_REQUIRED: 400,
  IDEMPOTENCY_KEY_REQUIRED: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  CONSISTENCY_TOKEN_INVALID: 400,
  VALIDATION_FAILED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  INSUFFICIENT_BALANCE: 402,
  ROUTE_NOT_FOUND: 404,
  PRODUCT_NOT_FOUND: 404,
  ORDER_NOT_FOUND: 404,
  CART_ITEM_NOT_FOUND: 404,
  INSUFFICIENT_STOCK: 409,
  PRODUCT_ARCHIVED: 409,
  PRODUCT_ALREADY_EXISTS: 409,
  STOCK_CHANGED: 409,
  BALANCE_LIMIT_EXCEEDED: 409,
  STOCK_LIMIT_EXCEEDED: 409,
  CART_LIMIT_EXCEEDED: 409,
  PRICE_CHANGED: 409,
  CART_EMPTY: 409,
  ORDER_NOT_CANCELLABLE: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  METHOD_NOT_ALLOWED: 405,
  REVISION_MISMATCH: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  OVERLOADED: 503,
  WRITE_CONTENTION: 503,
  EVENT_STORE_UNAVAILABLE: 503,
  CHECKOUT_VOIDED: 503,
  AUTH_UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 503,
  READ_MODEL_LAGGING: 503,
  READ_MODEL_DEGRADED: 503,
  READ_STORE_UNAVAILABLE: 503,
} as const;
export type ProblemCode = keyof typeof problemStatus;

/** Why exactly, where a code has several causes that call for different steps; the `detail` says it. */
export type ProblemReason = 'unusable_subject' | 'foreign_page' | 'foreign_host';

/**
 * Ends a request with problem details. `fields` are the code's extra fields, by the table of the contract. It has no stack: what
 * is refused is no fault, the code says it all, and taking down where it was said costs more than saying it.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly reason: ProblemReason | undefined;
  constructor(
    code: ProblemCode,
    fields: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions & { readonly reason?: ProblemReason },
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(code, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.fields = fields;
    this.reason = options?.reason;
  }
}
