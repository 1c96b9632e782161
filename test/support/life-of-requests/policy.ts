/** What the properties hold under: two groups have to agree, a team is kept apart, and there are shortcuts. */
export const LIFE_POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
workloads:
  - { name: migrator, owner: dana@example.com, issuer: "https://ci.example.com", claims: { repository: shop } }
access:
  - name: people
    who: { groups: [engineering], workloads: [migrator] }
    to: { name: orders-db }
    roles: [write]
    maxDuration: 4h
    extendTo: 6h
    approval: { from: [{ group: sre }, { group: dba }], within: 30m, notFromGroups: ["team-*"] }
  - name: on-call
    who: { groups: [sre] }
    to: { name: orders-db }
    roles: [read]
    maxDuration: 1h
    approval: auto
  - name: emergencies
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [read]
    maxDuration: 1h
    approval: { breakGlass: { review: { from: [{ group: dba }] } } }
oversight: { groups: [responders] }
`;
