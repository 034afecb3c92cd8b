import type { CartEvent, ProductEvent, WalletEvent } from '@shop/events';
import type { Cart, CartCommand, CartRefusal } from './cart/cart.js';
import type { Product, ProductCommand, ProductRefusal } from './product/product.js';
import type { Wallet, WalletCommand, WalletRefusal } from './wallet/wallet.js';
import type { Aggregates } from './writing/execute.js';

export type Products = Aggregates<Product, ProductCommand, ProductEvent, ProductRefusal>;
export type Wallets = Aggregates<Wallet, WalletCommand, WalletEvent, WalletRefusal>;
export type Carts = Aggregates<Cart, CartCommand, CartEvent, CartRefusal>;

/** Every stream that commands are decided on. */
export type Shop = { readonly products: Products; readonly wallets: Wallets; readonly carts: Carts };
