/** What people ask of a search, by kind, and what is the hardest of each. Asked anew each time, with other numbers. */
import type { SessionSearch } from '../src/access/search/search-sessions.ts';
import type { Dice } from './search-statements.ts';

/** Who asks: somebody who sees all, one with a quarter of the sessions, one with a few. */
export type Viewer = 'overseer' | 'engineer' | 'newcomer';

export interface Question extends SessionSearch {
  readonly as?: Viewer;
  /** Begins behind this share of the sessions, as somebody does who has paged so far. */
  readonly behind?: number;
}

type Questions = Readonly<Record<string, (dice: Dice) => Question>>;

export const QUESTIONS: Readonly<Record<string, Questions>> = {
  words: {
    'a word that is everywhere': () => ({ search: 'select' }),
    'two common words': () => ({ search: 'status orders' }),
    'three common words': () => ({ search: 'update orders paid' }),
    'five common words': () => ({ search: 'select from where status orders' }),
    'twenty words': () => ({
      search: 'select id created_at status from orders where and 1 2 3 4 5 6 7 8 9 10 11 12',
    }),
    'a rare word': (dice) => ({ search: String(dice.number(2_000_000)) }),
    'a word that nobody used': (dice) => ({ search: `nothing${dice.hex(6)}` }),
    'common words, never together': () => ({ search: 'nginx customers refunded' }),
    'not a word': () => ({ search: 'orders -select' }),
    'common, without a common one': () => ({ search: 'select -from' }),
  },
  'names and phrases': {
    'a column of a table': () => ({ search: 'payments.card_number' }),
    'a path': () => ({ search: '/etc/nginx/nginx.conf' }),
    'a phrase, common': () => ({ search: '"delete from orders"' }),
    'a phrase, rare': (dice) => ({ search: `"drop table orders_${dice.number(10_000)}_backup"` }),
    'a phrase, never': () => ({ search: '"from orders delete"' }),
    'a phrase of common words, never': () => ({ search: '"where from select"' }),
  },
  beginnings: {
    'the beginning of a word': () => ({ search: 'custo*' }),
    'with many words': (dice) => ({ search: `${10 + dice.number(90)}*` }),
    'two with many words': () => ({ search: '12* 13*' }),
    'with many words, and others': () => ({ search: '12* nginx' }),
  },
  filters: {
    denied: () => ({ denied: true }),
    held: () => ({ held: true }),
    masked: () => ({ masked: true }),
    'denied deletes of a table': () => ({ search: 'delete', table: 'orders', denied: true }),
    'a table': () => ({ table: 'billing.payments' }),
    'the beginning of tables': () => ({ table: 'o*' }),
    'a rare table': () => ({ table: 'fraud_scores', search: 'update' }),
    'a directory': () => ({ file: '/etc/nginx' }),
    'the beginning of a path': () => ({ file: '/etc/ng*' }),
    'a file': () => ({ file: 'nginx.conf' }),
    'masked, by somebody on a resource': () => ({ masked: true, who: 'bob', resource: 'orders-db' }),
    'a common word in a week of long ago': (dice) => ({
      search: 'orders',
      since: daysAgo(60 + dice.number(20)),
      until: daysAgo(55),
    }),
    'a common word in an incident': () => ({ search: 'select', incident: 'inc-7' }),
  },
  people: {
    'a person and a word': () => ({ search: 'carol refunds' }),
    'a person and a rare word': (dice) => ({ search: `bob ${dice.number(2_000_000)}` }),
    'by who sees only their own': () => ({ search: 'orders', as: 'engineer' }),
    'never, by who sees only their own': () => ({ search: 'nginx customers', as: 'engineer' }),
    'by who sees a few': () => ({ search: 'orders', as: 'newcomer' }),
    'rare, by who sees a few': (dice) => ({ search: String(dice.number(2_000_000)), as: 'newcomer' }),
    'the list of who sees a few': () => ({ as: 'newcomer' }),
  },
  'pages far behind': {
    'a common word': (dice) => ({ search: 'select', behind: dice.next() }),
    'a beginning': (dice) => ({ search: '12*', behind: dice.next() }),
    'a filter': (dice) => ({ denied: true, behind: dice.next() }),
    'all sessions': (dice) => ({ behind: dice.next() }),
  },
};

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}
