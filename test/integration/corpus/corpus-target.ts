/** The sample database behind a broker whose roles are those of the corpus, with the superuser's credential. */
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type { DatabaseRole } from '../../../src/policies/document/schema.ts';
import { readSampleDatabase } from '../../support/sql-corpus.ts';
import { type BrokerHarness, type Connection, useBroker } from '../broker/broker-harness.ts';
import { RawClient } from '../broker/raw-client.ts';

type Allow = DatabaseRole['allow'];

export interface CorpusTarget {
  readonly broker: BrokerHarness;
  /** Past the broker. */
  readonly direct: Client;
  /** As the broker logs in, past the broker. */
  readonly directConnection: Connection;
  /** Logged in through the broker under a role that allows this. */
  logIn(allow: Allow, startup?: Record<string, string>): Promise<RawClient>;
  /** The digest before anything was run. */
  readonly untouched: string;
  /** The same under one of the roles with a name of their own. */
  logInAs(role: string): Promise<RawClient>;
  /** A digest of everything in the database that a statement could have changed. */
  fingerprint(): Promise<string>;
}

function nameOf(allow: Allow): string {
  return `role-${createHash('sha256').update(JSON.stringify(allow)).digest('hex').slice(0, 8)}`;
}

/** Every row of every table, every sequence, and what the catalog keeps of the database's own objects. */
const FINGERPRINT = `
select md5(concat_ws('|',
  (select string_agg(query_to_xml(format('select * from %s t order by t::text', c.oid::regclass), true, true, '')::text, '' order by c.oid)
     from pg_class c where c.relkind in ('r', 'm') and c.relnamespace in (select oid from pg_namespace
       where nspname !~ '^pg_' and nspname <> 'information_schema')),
  (select string_agg(concat_ws(',', schemaname, sequencename, last_value), ';' order by schemaname, sequencename) from pg_sequences),
  (select string_agg(concat_ws(',', oid, relname, relnamespace, relkind, relowner, relacl, relrowsecurity, reloptions), ';' order by oid)
     from pg_class where oid >= 16384 and relkind <> 't'),
  (select string_agg(concat_ws(',', attrelid, attname, atttypid, attnotnull, attisdropped, attacl), ';' order by attrelid, attnum)
     from pg_attribute where attrelid >= 16384 and attrelid in (select oid from pg_class where relkind in ('r', 'v', 'm', 'f', 'p'))),
  (select string_agg(concat_ws(',', oid, proname, pronamespace, prosecdef, proowner, proacl, proconfig, prosrc), ';' order by oid)
     from pg_proc where oid >= 16384),
  (select string_agg(concat_ws(',', oid, nspname, nspowner, nspacl), ';' order by oid) from pg_namespace where nspname !~ '^pg_temp|^pg_toast_temp'),
  (select string_agg(concat_ws(',', oid, tgrelid, tgname, tgenabled), ';' order by oid) from pg_trigger),
  (select string_agg(concat_ws(',', oid, ev_class, rulename, ev_action), ';' order by oid) from pg_rewrite where ev_class >= 16384),
  (select string_agg(concat_ws(',', oid, polrelid, polname, polqual), ';' order by oid) from pg_policy),
  (select string_agg(concat_ws(',', adrelid, adnum, adbin), ';' order by oid) from pg_attrdef),
  (select string_agg(concat_ws(',', oid, conrelid, conname), ';' order by oid) from pg_constraint where oid >= 16384),
  (select string_agg(concat_ws(',', oid, oprname, oprcode), ';' order by oid) from pg_operator where oid >= 16384),
  (select string_agg(concat_ws(',', ftrelid, ftserver, ftoptions), ';' order by ftrelid) from pg_foreign_table),
  (select string_agg(concat_ws(',', objoid, classoid, description), ';' order by objoid, classoid, objsubid) from pg_description where objoid >= 16384),
  (select string_agg(concat_ws(',', setdatabase, setrole, setconfig), ';' order by setdatabase, setrole) from pg_db_role_setting
     where setdatabase = (select oid from pg_database where datname = current_database())),
  (select count(*) from pg_largeobject_metadata), (select count(*) from pg_cast where oid >= 16384),
  (select count(*) from pg_type where oid >= 16384), (select count(*) from pg_statistic_ext),
  (select count(*) from pg_default_acl), (select count(*) from pg_event_trigger), (select count(*) from pg_publication),
  (select count(*) from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())),
  (select count(*) from pg_foreign_server), (select count(*) from pg_user_mapping), (select count(*) from pg_language),
  (select count(*) from pg_extension), (select count(*) from pg_conversion where oid >= 16384),
  (select count(*) from pg_prepared_xacts where database = current_database()),
  (select count(*) from pg_locks where database = (select oid from pg_database where datname = current_database()) and locktype = 'advisory')
)) as digest`;

/**
 * @param allows what the roles allow, in any order and as often as they come
 * @param named more roles: what each says besides its credential, as YAML
 */
export function useCorpusTarget(
  allows: readonly Allow[],
  named: Readonly<Record<string, string>> = {},
): { readonly current: CorpusTarget } {
  const superuser = new URL(inject('cluster').administratorUrl).username;
  const credential = `{ username: ${superuser}, password: { env: SHOP_ADMIN } }`;
  const lines = [
    ...allows.map((allow): [string, string] => [nameOf(allow), `allow: ${JSON.stringify(allow)}`]),
    ...Object.entries(named),
  ].map(([name, role]) => `      ${name}: { ${role}, credential: ${credential} }`);
  const broker = useBroker({ roles: [...new Set(lines)].join('\n') });
  const connections = new Map<string, Promise<Connection>>();
  const clients: RawClient[] = [];
  let target: CorpusTarget | null = null;
  const logInAs = async (role: string, startup: Record<string, string>): Promise<RawClient> => {
    const connection = connections.get(role) ?? broker.current.connection(role);
    connections.set(role, connection);
    const client = await RawClient.logIn(await connection, startup);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    const { shop } = broker.current;
    await shop.query(readSampleDatabase());
    const url = new URL(shop.url.reveal());
    const direct = new Client({ connectionString: url.href });
    await direct.connect();
    const proxied = await broker.current.connection('owner');
    const fingerprint = async (): Promise<string> => {
      const { rows } = await direct.query<{ digest: string }>(FINGERPRINT);
      return rows[0]?.digest ?? '';
    };
    target = {
      fingerprint,
      untouched: await fingerprint(),
      broker: broker.current,
      direct,
      directConnection: {
        ...proxied,
        port: shop.port,
        username: superuser,
        password: decodeURIComponent(url.password),
      },
      logIn: (allow, startup = {}) => logInAs(nameOf(allow), startup),
      logInAs: (role) => logInAs(role, {}),
    };
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await target?.direct.end();
  });
  return {
    get current() {
      if (target === null) throw new Error('The target exists only while tests run.');
      return target;
    },
  };
}
