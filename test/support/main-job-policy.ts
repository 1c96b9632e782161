/** The policy of the main job, on every platform. */

/** @param spare entries of `resources`, besides the two that the job is about */
export function mainJobPolicy(spare = ''): string {
  return `
resources:
${spare}  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    evidence: { uploads: true }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
  - name: payroll-db
    kind: postgres
    address: 127.0.0.1:5432
    database: payroll
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: secret }
    roles: { read: { allow: [select] } }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [read, write]
    maxDuration: 4h
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 30m }
  - name: emergencies
    who: { groups: [engineering] }
    to: { labels: { env: prod } }
    roles: [write]
    maxDuration: 1h
    approval: { breakGlass: { review: { from: [{ group: sre, count: 1 }], within: 24h, remindEvery: 4h } } }
oversight: { groups: [responders] }
`;
}

/** @throws when nothing of ours is named in it */
export function idIn(said: string): string {
  const id = /\b[rghsv]-[a-z2-7]{8}\b/.exec(said)?.[0];
  if (id === undefined) throw new Error(`no ID in ${said}`);
  return id;
}
