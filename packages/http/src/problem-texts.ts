import type { ProblemCode, ProblemReason } from './problem.js';
import type { Locale } from './request-headers.js';

/** `detail` says what happened, `advice` what the caller can do now. Neither ever holds data of a request. */
export type ProblemText = { readonly title: string; readonly detail: string; readonly advice: string };

const ko: Record<ProblemCode, ProblemText> = {
  MALFORMED_JSON: {
    title: '잘못된 JSON',
    detail: '본문이 올바른 JSON이 아니거나, 너무 깊거나, 한 객체에 같은 키가 두 번 있습니다.',
    advice: 'JSON 문법, 중첩 깊이(최대 16), 중복된 키를 확인한 뒤 다시 보내세요.',
  },
  USER_ID_REQUIRED: {
    title: '사용자 ID 필요',
    detail: '어느 사용자의 요청인지 알 수 없습니다.',
    advice: 'X-User-Id 헤더를 보내거나 userId를 본문(POST, PUT, PATCH) 또는 쿼리(GET, DELETE)에 넣으세요.',
  },
  IDEMPOTENCY_KEY_REQUIRED: {
    title: '멱등성 키 필요',
    detail: '이 요청에는 Idempotency-Key 헤더가 있어야 합니다.',
    advice: '요청마다 새 키를 만들고, 다시 시도할 때에는 같은 키를 보내세요.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    title: '잘못된 멱등성 키',
    detail: 'Idempotency-Key는 공백이 없는 ASCII 1–255자여야 합니다.',
    advice: 'UUID와 같은 키를 보내세요.',
  },
  CONSISTENCY_TOKEN_INVALID: {
    title: '잘못된 일관성 토큰',
    detail: 'Consistency-Token이 없거나, 형식이 틀리거나, 아직 없는 위치를 가리킵니다.',
    advice: '쓰기 응답에서 받은 토큰을 그대로 보내거나 Consistency: strong으로 읽으세요.',
  },
  VALIDATION_FAILED: {
    title: '잘못된 요청',
    detail: '요청의 값이 규칙에 맞지 않습니다. errors에 자리마다 이유가 있습니다.',
    advice: 'errors의 in, path, code를 보고 값을 고친 뒤 다시 보내세요.',
  },
  UNAUTHENTICATED: {
    title: '인증 필요',
    detail: '유효한 액세스 토큰이 없습니다.',
    advice: 'Authorization: Bearer 헤더에 만료되지 않은 토큰을 넣어 보내세요.',
  },
  FORBIDDEN: {
    title: '권한 없음',
    detail: '이 토큰으로는 할 수 없는 요청입니다.',
    advice: 'requiredScope가 있으면 그 권한을 가진 토큰으로 요청하세요. 다른 사용자의 이름으로는 요청할 수 없습니다.',
  },
  INSUFFICIENT_BALANCE: {
    title: '잔액 부족',
    detail: '잔액이 결제 금액보다 적습니다.',
    advice: 'shortfall만큼 충전한 뒤 같은 키로 다시 주문하세요.',
  },
  ROUTE_NOT_FOUND: { title: '없는 경로', detail: '이 경로에는 아무것도 없습니다.', advice: '/docs에서 쓸 수 있는 경로를 확인하세요.' },
  PRODUCT_NOT_FOUND: { title: '없는 상품', detail: '등록되지 않은 상품입니다.', advice: 'GET /products에서 상품 ID를 확인하세요.' },
  ORDER_NOT_FOUND: {
    title: '없는 주문',
    detail: '그런 주문이 없습니다.',
    advice: '주문 ID와 사용자를 확인하세요. 거절된 주문은 남지 않습니다.',
  },
  CART_ITEM_NOT_FOUND: {
    title: '없는 장바구니 항목',
    detail: '장바구니에 그런 항목이 없습니다.',
    advice: 'GET /orders/cart로 장바구니를 다시 읽으세요.',
  },
  INSUFFICIENT_STOCK: {
    title: '재고 부족',
    detail: '남은 재고가 요청한 수량보다 적습니다.',
    advice: 'items의 stock을 보고 수량을 줄이거나 나중에 다시 주문하세요.',
  },
  PRODUCT_ARCHIVED: {
    title: '판매 종료된 상품',
    detail: '더는 팔지 않는 상품입니다.',
    advice: 'productIds의 상품을 빼고 다시 요청하세요.',
  },
  PRODUCT_ALREADY_EXISTS: {
    title: '이미 있는 상품',
    detail: '같은 상품 ID가 이미 등록되어 있습니다.',
    advice: '다른 ID를 쓰거나 PATCH /products/{productId}로 고치세요.',
  },
  STOCK_CHANGED: {
    title: '재고가 바뀜',
    detail: '재고가 expectedStock과 다릅니다.',
    advice: 'stock의 값을 확인하고 조정할 값을 다시 정하세요.',
  },
  BALANCE_LIMIT_EXCEEDED: {
    title: '잔액 한도 초과',
    detail: '충전하면 잔액이 한도를 넘습니다.',
    advice: 'limit과 balance를 보고 더 적은 금액을 충전하세요.',
  },
  STOCK_LIMIT_EXCEEDED: {
    title: '재고 한도 초과',
    detail: '조정하면 재고가 한도를 넘습니다.',
    advice: 'limit과 stock을 보고 더 적은 수량으로 조정하세요.',
  },
  CART_LIMIT_EXCEEDED: {
    title: '장바구니 한도 초과',
    detail: '장바구니의 줄 수나 한 상품의 수량이 한도를 넘습니다.',
    advice: '항목을 빼거나 수량을 줄이세요.',
  },
  PRICE_CHANGED: {
    title: '가격이 바뀜',
    detail: '지금의 합계가 expectedTotal과 다릅니다.',
    advice: 'actualTotal을 고객에게 보여 주고 다시 확인받으세요.',
  },
  CART_EMPTY: { title: '빈 장바구니', detail: '장바구니에 살 것이 없습니다.', advice: '상품을 담은 뒤 다시 요청하세요.' },
  ORDER_NOT_CANCELLABLE: {
    title: '취소할 수 없는 주문',
    detail: '주문을 취소할 수 있는 기간이 지났습니다.',
    advice: 'cancellableUntil 이후에는 취소할 수 없습니다.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    title: '같은 키로 처리 중',
    detail: '같은 키를 가진 다른 요청이 아직 처리되고 있습니다.',
    advice: 'Retry-After만큼 기다린 뒤 같은 키로 다시 보내세요.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    title: '이미 쓴 멱등성 키',
    detail: '같은 키로 다른 내용의 요청이 이미 처리되었습니다.',
    advice: '새 요청에는 새 키를 쓰세요.',
  },
  METHOD_NOT_ALLOWED: {
    title: '허용되지 않는 메서드',
    detail: '이 경로에서는 쓸 수 없는 메서드입니다.',
    advice: 'Allow 헤더에 있는 메서드를 쓰세요. 쓰기와 읽기는 서로 다른 서비스가 맡을 수 있습니다.',
  },
  REVISION_MISMATCH: {
    title: '그 사이에 바뀜',
    detail: '읽은 뒤에 다른 요청이 먼저 바꾸었습니다.',
    advice: '다시 읽고, 새 ETag나 currentRevision을 If-Match로 보내세요.',
  },
  PAYLOAD_TOO_LARGE: { title: '본문이 너무 큼', detail: '본문이 허용된 크기를 넘습니다.', advice: 'limitBytes 안에서 나누어 보내세요.' },
  UNSUPPORTED_MEDIA_TYPE: {
    title: '지원하지 않는 형식',
    detail: '본문은 UTF-8로 쓴 application/json이어야 하며 압축할 수 없습니다.',
    advice: 'Content-Type: application/json을 보내고 Content-Encoding은 빼세요.',
  },
  RATE_LIMITED: {
    title: '요청이 너무 많음',
    detail: '짧은 시간에 너무 많은 요청을 보냈습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 보내세요.',
  },
  INTERNAL_ERROR: {
    title: '내부 오류',
    detail: '예상하지 못한 오류가 일어났습니다.',
    advice: 'requestId를 알려 주세요. POST는 같은 Idempotency-Key가 있을 때에만 다시 보내세요.',
  },
  OVERLOADED: {
    title: '과부하',
    detail: '지금 처리할 수 있는 양을 넘었습니다. 아무 일도 일어나지 않았습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 보내세요.',
  },
  WRITE_CONTENTION: {
    title: '동시 변경 충돌',
    detail: '많은 요청이 같은 것을 바꾸고 있어 제때 처리하지 못했습니다. 아무 일도 일어나지 않았습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 보내세요.',
  },
  EVENT_STORE_UNAVAILABLE: {
    title: '저장소를 쓸 수 없음',
    detail: '이벤트 저장소가 답하지 않습니다. 아무 일도 일어나지 않았습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 보내세요.',
  },
  CHECKOUT_VOIDED: {
    title: '결제 시간 초과',
    detail: '결제가 너무 오래 걸려 무효가 되었습니다. 아무것도 청구되지 않았습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 주문하세요.',
  },
  AUTH_UNAVAILABLE: {
    title: '인증을 확인할 수 없음',
    detail: '서명 키를 얻지 못해 토큰을 확인할 수 없습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 보내세요.',
  },
  OUTCOME_UNKNOWN: {
    title: '결과를 알 수 없음',
    detail: '저장소의 답을 제때 받지 못했습니다. 요청이 처리되었을 수도 있습니다.',
    advice: '같은 Idempotency-Key로 다시 보내면 결과를 알 수 있습니다. 키가 없었다면 먼저 읽어서 확인하세요.',
  },
  READ_MODEL_LAGGING: {
    title: '읽기 모델이 늦음',
    detail: '읽기 모델이 요청한 위치까지 제때 따라오지 못했습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 읽거나 Consistency: eventual로 읽으세요.',
  },
  READ_MODEL_DEGRADED: {
    title: '읽기 모델의 일부가 멈춤',
    detail: '이 답에 필요한 자료 가운데 일부가 멈추어 있습니다.',
    advice: '운영자가 고칠 때까지 Consistency: eventual로 읽을 수 있습니다.',
  },
  READ_STORE_UNAVAILABLE: {
    title: '읽기 저장소를 쓸 수 없음',
    detail: '읽기 저장소가 답하지 않습니다.',
    advice: 'Retry-After만큼 기다린 뒤 다시 읽으세요.',
  },
};

const en: Record<ProblemCode, ProblemText> = {
  MALFORMED_JSON: {
    title: 'Malformed JSON',
    detail: 'The body is no valid JSON, is nested too deep, or has one key twice in an object.',
    advice: 'Check the syntax, the depth (at most 16) and repeated keys, then send it again.',
  },
  USER_ID_REQUIRED: {
    title: 'User id required',
    detail: 'The request does not say which user it is for.',
    advice: 'Send X-User-Id, or userId in the body (POST, PUT, PATCH) or the query (GET, DELETE).',
  },
  IDEMPOTENCY_KEY_REQUIRED: {
    title: 'Idempotency key required',
    detail: 'This request needs an Idempotency-Key header.',
    advice: 'Make a new key for each request, and send the same one when you repeat it.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    title: 'Invalid idempotency key',
    detail: 'An Idempotency-Key is 1–255 visible ASCII characters.',
    advice: 'Send a key such as a UUID.',
  },
  CONSISTENCY_TOKEN_INVALID: {
    title: 'Invalid consistency token',
    detail: 'The Consistency-Token is missing, malformed, or names a position that does not exist yet.',
    advice: 'Send a token just as a write answered it, or read with Consistency: strong.',
  },
  VALIDATION_FAILED: {
    title: 'Invalid request',
    detail: 'Values of the request break the rules; errors names each of them.',
    advice: 'Correct what errors names by in, path and code, then send it again.',
  },
  UNAUTHENTICATED: {
    title: 'Authentication required',
    detail: 'There is no valid access token.',
    advice: 'Send Authorization: Bearer with a token that has not expired.',
  },
  FORBIDDEN: {
    title: 'Forbidden',
    detail: 'This token does not allow the request.',
    advice: 'Use a token with requiredScope where one is named. Nobody acts for another user without it.',
  },
  INSUFFICIENT_BALANCE: {
    title: 'Insufficient balance',
    detail: 'The balance is less than the amount to pay.',
    advice: 'Charge at least shortfall, then repeat the order with the same key.',
  },
  ROUTE_NOT_FOUND: { title: 'No such route', detail: 'There is nothing at this path.', advice: 'See /docs for the paths there are.' },
  PRODUCT_NOT_FOUND: {
    title: 'No such product',
    detail: 'The product was never registered.',
    advice: 'Look up product ids with GET /products.',
  },
  ORDER_NOT_FOUND: {
    title: 'No such order',
    detail: 'There is no such order.',
    advice: 'Check the order id and the user. A refused order leaves none.',
  },
  CART_ITEM_NOT_FOUND: {
    title: 'No such cart line',
    detail: 'The cart has no such line.',
    advice: 'Read the cart again with GET /orders/cart.',
  },
  INSUFFICIENT_STOCK: {
    title: 'Insufficient stock',
    detail: 'There is less stock than was asked for.',
    advice: 'Order no more than stock says in items, or try again later.',
  },
  PRODUCT_ARCHIVED: {
    title: 'Product archived',
    detail: 'The product is no longer sold.',
    advice: 'Leave out the products named in productIds.',
  },
  PRODUCT_ALREADY_EXISTS: {
    title: 'Product already exists',
    detail: 'A product with this id is registered.',
    advice: 'Use another id, or change it with PATCH /products/{productId}.',
  },
  STOCK_CHANGED: {
    title: 'Stock changed',
    detail: 'The stock is not what expectedStock says.',
    advice: 'Look at stock and decide on the adjustment again.',
  },
  BALANCE_LIMIT_EXCEEDED: {
    title: 'Balance limit exceeded',
    detail: 'The charge would lift the balance above its limit.',
    advice: 'Charge less: see limit and balance.',
  },
  STOCK_LIMIT_EXCEEDED: {
    title: 'Stock limit exceeded',
    detail: 'The adjustment would lift the stock above its limit.',
    advice: 'Adjust by less: see limit and stock.',
  },
  CART_LIMIT_EXCEEDED: {
    title: 'Cart limit exceeded',
    detail: 'The cart would have too many lines, or a line too many units.',
    advice: 'Remove lines or lower the quantity.',
  },
  PRICE_CHANGED: {
    title: 'Price changed',
    detail: 'The total now differs from expectedTotal.',
    advice: 'Show actualTotal to the customer and ask again.',
  },
  CART_EMPTY: { title: 'Cart is empty', detail: 'The cart holds nothing to buy.', advice: 'Put a product into it, then check out.' },
  ORDER_NOT_CANCELLABLE: {
    title: 'Order not cancellable',
    detail: 'The time in which the order could be cancelled is over.',
    advice: 'It ended at cancellableUntil.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    title: 'Idempotency key in use',
    detail: 'Another request with this key is still being worked on.',
    advice: 'Wait as long as Retry-After says, then repeat it with the same key.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    title: 'Idempotency key reused',
    detail: 'Another request with other content was done under this key.',
    advice: 'Use a new key for a new request.',
  },
  METHOD_NOT_ALLOWED: {
    title: 'Method not allowed',
    detail: 'This path does not take this method here.',
    advice: 'Use a method of the Allow header. Writes and reads may be served by different services.',
  },
  REVISION_MISMATCH: {
    title: 'Changed meanwhile',
    detail: 'Somebody changed it after it was read.',
    advice: 'Read it again and send the new ETag, or currentRevision, as If-Match.',
  },
  PAYLOAD_TOO_LARGE: {
    title: 'Payload too large',
    detail: 'The body is larger than allowed.',
    advice: 'Stay within limitBytes; split what you send.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    title: 'Unsupported media type',
    detail: 'A body is application/json in UTF-8 without a content encoding.',
    advice: 'Send Content-Type: application/json and no Content-Encoding.',
  },
  RATE_LIMITED: {
    title: 'Too many requests',
    detail: 'Too many requests came in a short time.',
    advice: 'Wait as long as Retry-After says, then repeat it.',
  },
  INTERNAL_ERROR: {
    title: 'Internal error',
    detail: 'Something unexpected went wrong.',
    advice: 'Report the requestId. Repeat a POST only with its Idempotency-Key.',
  },
  OVERLOADED: {
    title: 'Overloaded',
    detail: 'There is more to do than can be done right now. Nothing happened.',
    advice: 'Wait as long as Retry-After says, then repeat it.',
  },
  WRITE_CONTENTION: {
    title: 'Write contention',
    detail: 'So many requests change the same thing that this one ran out of time. Nothing happened.',
    advice: 'Wait as long as Retry-After says, then repeat it.',
  },
  EVENT_STORE_UNAVAILABLE: {
    title: 'Event store unavailable',
    detail: 'The event store does not answer. Nothing happened.',
    advice: 'Wait as long as Retry-After says, then repeat it.',
  },
  CHECKOUT_VOIDED: {
    title: 'Checkout voided',
    detail: 'The checkout took too long and was voided. Nothing was charged.',
    advice: 'Wait as long as Retry-After says, then order again.',
  },
  AUTH_UNAVAILABLE: {
    title: 'Authentication unavailable',
    detail: 'The signing keys cannot be had, so the token cannot be checked.',
    advice: 'Wait as long as Retry-After says, then repeat it.',
  },
  OUTCOME_UNKNOWN: {
    title: 'Outcome unknown',
    detail: 'The store did not answer in time. The request may have been done.',
    advice: 'Repeat it with the same Idempotency-Key to find out. Without a key, read first.',
  },
  READ_MODEL_LAGGING: {
    title: 'Read model lagging',
    detail: 'The read model did not reach the position asked for in time.',
    advice: 'Wait as long as Retry-After says, or read with Consistency: eventual.',
  },
  READ_MODEL_DEGRADED: {
    title: 'Read model degraded',
    detail: 'Some of what this answer needs has been set aside.',
    advice: 'Until an operator has dealt with it, read with Consistency: eventual.',
  },
  READ_STORE_UNAVAILABLE: {
    title: 'Read store unavailable',
    detail: 'The read store does not answer.',
    advice: 'Wait as long as Retry-After says, then read again.',
  },
};

export const problemTexts: Record<Locale, Record<ProblemCode, ProblemText>> = { ko, en };

/** What `detail` says where a code has a more exact reason. */
export const reasonTexts: Record<Locale, Record<ProblemReason, string>> = {
  ko: {
    unusable_subject: '토큰의 sub는 사용자 ID로 쓸 수 없습니다.',
    foreign_page: '다른 웹 페이지가 보낸 쓰기 요청은 받지 않습니다. 그 페이지의 origin을 CORS_ORIGINS에 넣으면 받습니다.',
    foreign_host:
      '인증이 꺼진 상점은 localhost, 127.0.0.1, [::1]이라는 이름으로만 답합니다. 다른 이름을 쓰려면 AUTH_OFF_ALLOW_REMOTE=true로 시작하세요.',
  },
  en: {
    unusable_subject: "The token's subject (sub) is not usable as a user id.",
    foreign_page: 'Writes from pages of another origin are not taken, unless CORS_ORIGINS names that origin.',
    foreign_host:
      'Without authentication the shop answers to localhost, 127.0.0.1 and [::1] only; AUTH_OFF_ALLOW_REMOTE=true lets it have other names.',
  },
};
