/** What an empty shop starts with, so that the first order can be placed at once. Prices in won. */
export const sampleCatalogue = [
  { productId: 'mug', name: '머그컵', price: 12_000, stock: 50 },
  { productId: 'tumbler', name: '텀블러 473ml', price: 24_000, stock: 40 },
  { productId: 'coffee-beans', name: '원두 1kg', price: 32_000, stock: 120 },
  { productId: 'drip-bag', name: '드립백 10개입', price: 9_900, stock: 200 },
  { productId: 'green-tea', name: '보성 녹차 50g', price: 15_000, stock: 80 },
  { productId: 'honey', name: '아카시아꿀 500g', price: 18_500, stock: 60 },
  { productId: 'gochujang', name: '태양초 고추장 1kg', price: 13_900, stock: 90 },
  { productId: 'seaweed', name: '구운 김 20봉', price: 11_500, stock: 150 },
  { productId: 'rice', name: '이천쌀 10kg', price: 39_900, stock: 70 },
  { productId: 'notebook', name: '무지 노트 A5', price: 3_500, stock: 300 },
  { productId: 'pencil', name: '연필 12자루', price: 4_800, stock: 250 },
  { productId: 'umbrella', name: '접이식 우산', price: 21_000, stock: 35 },
  { productId: 'blanket', name: '극세사 담요', price: 27_000, stock: 25 },
  { productId: 'lamp', name: '책상 스탠드', price: 45_000, stock: 15 },
  { productId: 'last-one', name: '한정판 도자기 (마지막 한 점)', price: 99_000, stock: 1 },
] as const;
