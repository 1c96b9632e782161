/** What people and services do in sessions, made up from a seed: the same statements in every run. */
import type { Effect } from '../src/core/statement.ts';

export interface MadeStatement {
  readonly text: string;
  readonly parameters: readonly string[];
  readonly effect: Effect;
  readonly relations: readonly string[];
  readonly paths: readonly string[];
  readonly denied: boolean;
  readonly masked: boolean;
}

/** The seed and everything after it decide: `mulberry32`. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From 0 to `below` - 1. */
  number(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** The first ones come far more often than the last, as names do. */
  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(items.length * this.next() ** 2)] as Item;
  }

  hex(characters: number): string {
    return Array.from({ length: characters }, () => this.number(16).toString(16)).join('');
  }
}

const TABLES =
  `orders customers order_items payments products shipments inventory addresses sessions events invoices
  refunds carts cart_items users accounts audit_entries prices discounts vouchers suppliers warehouses stock_movements
  reviews notifications subscriptions plans tickets messages attachments jobs feature_flags api_tokens webhooks exports
  ledger_entries ledger_accounts settlements chargebacks disputes fraud_scores`.split(/\s+/);
const COLUMNS =
  `id created_at updated_at status customer_id order_id email total_cents currency quantity sku name phone
  country_code card_number iban amount_cents paid_at shipped_at tracking_code warehouse_id expires_at note reason
  attempts last_error payload version locked_by priority`.split(/\s+/);
const STATES = 'open paid shipped cancelled refunded pending failed archived'.split(' ');
const SCHEMAS = ['public', 'billing', 'reporting'];
const DIRECTORIES =
  '/var/log /etc/nginx /etc/nginx/sites-enabled /opt/shop/releases /home/deploy /var/lib/postgresql /etc/systemd/system /srv/exports /tmp /usr/local/bin'.split(
    ' ',
  );
const FILES =
  'syslog nginx.conf access.log error.log shop.service orders.csv config.yaml current.log deploy.sh default.conf passwd.bak dump.sql.gz'.split(
    ' ',
  );
const UNITS = 'nginx shop-web shop-worker postgresql redis-server cron ssh'.split(' ');

const plain = { parameters: [], paths: [], denied: false, masked: false } as const;

function uuid(dice: Dice): string {
  return [8, 4, 4, 4, 12].map((length) => dice.hex(length)).join('-');
}

export function madeSql(dice: Dice): MadeStatement {
  const table = dice.pick(TABLES);
  const relation = dice.chance(0.3) ? `${dice.pick(SCHEMAS)}.${table}` : table;
  const column = dice.pick(COLUMNS);
  const id = dice.number(2_000_000);
  const masked = dice.chance(0.05);
  const rare = dice.number(100_000);
  if (rare === 0) {
    const text = `drop table ${table}_${dice.number(10_000)}_backup`;
    return { ...plain, text, effect: 'drop', relations: [`${table}_backup`], denied: true };
  }
  if (rare < 20) {
    const text = `select p.card_number, p.iban from payments p where p.order_id = ${id}`;
    return { ...plain, text, effect: 'select', relations: ['payments'], masked: true };
  }
  switch (dice.number(12)) {
    case 0:
    case 1:
    case 2:
      return sql(`select * from ${relation} where id = ${id}`, 'select', [relation], { masked });
    case 3:
      return sql(
        `select ${column}, ${dice.pick(COLUMNS)} from ${relation} where status = '${dice.pick(STATES)}' order by created_at desc limit ${dice.number(200)}`,
        'select',
        [relation],
        { masked },
      );
    case 4: {
      const other = dice.pick(TABLES);
      const text = `select o.id, c.${column} from ${relation} o join ${other} c on c.id = o.${dice.pick(COLUMNS)} where o.created_at > now() - interval '${dice.number(30)} days'`;
      return sql(text, 'select', [relation, other], { masked });
    }
    case 5:
      return sql(
        `select count(*) from ${relation} where ${column} is not null and created_at >= '2026-${10 + dice.number(2)}-${10 + dice.number(18)}'`,
        'select',
        [relation],
      );
    case 6:
    case 7:
      return {
        ...plain,
        text: `select ${COLUMNS.slice(0, 4 + dice.number(8)).join(', ')} from ${relation} where customer_id = $1 and status = $2`,
        parameters: [String(id), dice.pick(STATES)],
        effect: 'select',
        relations: [relation],
        masked,
      };
    case 8:
      return sql(
        `update ${relation} set status = '${dice.pick(STATES)}', updated_at = now() where id = ${id}`,
        'update',
        [relation],
        { denied: dice.chance(0.01) },
      );
    case 9:
      return sql(
        `insert into ${relation} (id, ${column}, note) values ('${uuid(dice)}', ${id}, 'made by ${dice.pick(UNITS)}')`,
        'insert',
        [relation],
      );
    case 10:
      return sql(
        dice.chance(0.1) ? `delete from ${relation}` : `delete from ${relation} where id = ${id}`,
        'delete',
        [relation],
        { denied: dice.chance(0.05) },
      );
    default:
      return sql(dice.chance(0.5) ? 'begin' : 'commit', 'transaction', []);
  }
}

function sql(
  text: string,
  effect: Effect,
  relations: readonly string[],
  came: { readonly denied?: boolean; readonly masked?: boolean } = {},
): MadeStatement {
  return { ...plain, text, effect, relations, ...came };
}

export function madeCommand(dice: Dice): MadeStatement {
  const path = `${dice.pick(DIRECTORIES)}/${dice.pick(FILES)}`;
  const unit = dice.pick(UNITS);
  switch (dice.number(8)) {
    case 0:
      return command(`cat ${path}`, 'read-file', [path]);
    case 1:
      return command(`tail -n ${dice.number(500)} ${path}`, 'read-file', [path]);
    case 2:
      return command(`grep -n ${dice.pick(STATES)} ${path}`, 'read-file', [path]);
    case 3:
      return command(`ls -la ${dice.pick(DIRECTORIES)}`, 'run', [dice.pick(DIRECTORIES)]);
    case 4:
      return command(`systemctl status ${unit}`, 'run', []);
    case 5:
      return command(`journalctl -u ${unit} --since '${dice.number(60)} minutes ago'`, 'run', []);
    case 6: {
      const release = `/opt/shop/releases/${2_026_000 + dice.number(400)}/${dice.pick(FILES)}`;
      return command(`cp ${path} ${release}`, 'write-file', [path, release]);
    }
    default:
      return { ...command(`sftp get ${path}`, 'read-file', [path]), denied: dice.chance(0.02) };
  }
}

function command(text: string, effect: Effect, paths: readonly string[]): MadeStatement {
  return { ...plain, text, effect, relations: [], paths };
}
