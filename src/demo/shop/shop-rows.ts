/** The rows of the sample shop: made up, deterministic, and large enough to be worth masking. */
import { testCardNumber } from './card-number.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

export interface CustomerRow {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly city: string;
  readonly created_at: string;
}

export interface OrderRow {
  readonly id: number;
  readonly customer_id: number;
  readonly item: string;
  readonly status: string;
  readonly total: string;
  readonly placed_at: string;
}

export interface PaymentRow {
  readonly id: number;
  readonly order_id: number;
  readonly card_brand: string;
  readonly card_number: string;
  readonly amount: string;
  readonly status: string;
  readonly paid_at: string;
}

export interface ShopRows {
  readonly customers: readonly CustomerRow[];
  readonly orders: readonly OrderRow[];
  readonly payments: readonly PaymentRow[];
}

const SEED = 4_711;
const ORDERS_PER_CUSTOMER_MAX = 4;
const OPENED_AT = Date.UTC(2025, 0, 6, 8);
const MINUTES_OPEN = 400 * 24 * 60;

const FIRST_NAMES = [
  'Amara',
  'Benoit',
  'Chiara',
  'Dmitri',
  'Elif',
  'Farid',
  'Greta',
  'Hiro',
  'Ines',
  'Jonas',
] as const;
const LAST_NAMES = [
  'Aalto',
  'Berger',
  'Castillo',
  'Dubois',
  'Eriksen',
  'Ferrari',
  'Gupta',
  'Haddad',
  'Ito',
  'Jensen',
] as const;
const CITIES = [
  'Amsterdam',
  'Barcelona',
  'Dublin',
  'Hamburg',
  'Lyon',
  'Oslo',
  'Porto',
  'Turin',
  'Vienna',
] as const;
const ITEMS = [
  'espresso cups',
  'desk lamp',
  'wool blanket',
  'bread knife',
  'rain jacket',
  'notebook',
] as const;
const ORDER_STATES = ['delivered', 'delivered', 'delivered', 'shipped', 'paid', 'returned'] as const;
const PAYMENT_STATES = ['captured', 'captured', 'captured', 'captured', 'refunded', 'failed'] as const;

/** @param customers how many; every one has 1 to 4 orders, every order one payment */
export function makeShopRows(customers: number): ShopRows {
  const random = seededRandom(SEED);
  const rows = { customers: [] as CustomerRow[], orders: [] as OrderRow[], payments: [] as PaymentRow[] };
  for (let id = 1; id <= customers; id += 1) {
    rows.customers.push(makeCustomer(id, random));
    const orders = 1 + random.below(ORDERS_PER_CUSTOMER_MAX);
    for (let order = 0; order < orders; order += 1) {
      const made = makeOrder({ id: rows.orders.length + 1, customerId: id, random });
      rows.orders.push(made);
      rows.payments.push(makePayment(made, random));
    }
  }
  return rows;
}

function makeCustomer(id: number, random: SeededRandom): CustomerRow {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  return {
    id,
    name: `${first} ${last}`,
    // example.com and 555-01xx are set aside for examples (RFC 2606; North American Numbering Plan).
    email: `${first}.${last}.${id}@example.com`.toLowerCase(),
    phone: `+1-${200 + random.below(800)}-555-01${String(random.below(100)).padStart(2, '0')}`,
    city: random.pick(CITIES),
    created_at: someTime(random),
  };
}

function makeOrder(of: { id: number; customerId: number; random: SeededRandom }): OrderRow {
  return {
    id: of.id,
    customer_id: of.customerId,
    item: of.random.pick(ITEMS),
    status: of.random.pick(ORDER_STATES),
    total: (5 + of.random.below(40_000) / 100).toFixed(2),
    placed_at: someTime(of.random),
  };
}

function makePayment(order: OrderRow, random: SeededRandom): PaymentRow {
  const card = testCardNumber(random);
  return {
    id: order.id,
    order_id: order.id,
    card_brand: card.brand,
    card_number: card.number,
    amount: order.total,
    status: random.pick(PAYMENT_STATES),
    paid_at: order.placed_at,
  };
}

function someTime(random: SeededRandom): string {
  return new Date(OPENED_AT + random.below(MINUTES_OPEN) * 60_000).toISOString();
}
