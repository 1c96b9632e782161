import { Migration } from '@mikro-orm/migrations';

/**
 * The first schema. State machines live here as much as in the code: a trigger refuses a move that
 * the design does not list, unique constraints make a vote, a grant and a message happen once.
 */
export class Migration20261121000000 extends Migration {
  override up(): void {
    this.addSql(`
      create table "identity" (
        "id" text primary key,
        "kind" text not null check ("kind" in ('person', 'workload')),
        "issuer" text not null,
        "subject" text not null,
        "email" text not null,
        "name" text not null,
        "groups" jsonb not null default '[]',
        "groups_seen_at" timestamptz not null,
        "created_at" timestamptz not null,
        unique ("issuer", "subject")
      )`);
    this.addSql(`
      create table "web_session" (
        "id_sha256" text primary key,
        "identity_id" text not null references "identity" ("id"),
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null
      )`);
    this.addSql(`create index on "web_session" ("expires_at")`);
    this.addSql(`
      create table "access_request" (
        "id" text primary key,
        "state" text not null check ("state" in ('pending', 'approved', 'denied', 'cancelled', 'expired')),
        "requester_id" text not null references "identity" ("id"),
        "resource" text not null,
        "resource_kind" text not null,
        "role" text not null,
        "duration_ms" bigint not null check ("duration_ms" > 0),
        "reason" text not null,
        "ticket" text,
        "incident" text,
        "origin" jsonb,
        "policy" text not null,
        "policy_version" text not null,
        "explanation" text not null,
        "approval" jsonb not null,
        "idempotency_key" text not null unique,
        "created_at" timestamptz not null,
        "lapses_at" timestamptz not null,
        "decided_at" timestamptz
      )`);
    this.addSql(`create index on "access_request" ("created_at")`);
    this.addSql(`create index on "access_request" ("lapses_at") where "state" = 'pending'`);
    this.addSql(`
      create table "vote" (
        "request_id" text not null references "access_request" ("id"),
        "identity_id" text not null references "identity" ("id"),
        "verdict" text not null check ("verdict" in ('approve', 'deny')),
        "note" text,
        "duration_ms" bigint check ("duration_ms" > 0),
        "groups" jsonb not null,
        "platform" text not null,
        "created_at" timestamptz not null,
        primary key ("request_id", "identity_id")
      )`);
    this.addSql(`
      create table "access_grant" (
        "id" text primary key,
        "request_id" text not null unique references "access_request" ("id"),
        "state" text not null check ("state" in ('issuing', 'active', 'expired', 'revoked', 'done')),
        "holder_id" text not null references "identity" ("id"),
        "duration_ms" bigint not null check ("duration_ms" > 0),
        "starts_at" timestamptz not null,
        "expires_at" timestamptz not null check ("expires_at" > "starts_at"),
        "scram" jsonb,
        "created_at" timestamptz not null,
        "ended_at" timestamptz,
        "ended_by_id" text references "identity" ("id"),
        "end_note" text
      )`);
    this.addSql(`create index on "access_grant" ("holder_id")`);
    this.addSql(`create index on "access_grant" ("expires_at") where "state" in ('issuing', 'active')`);
    this.addSql(`
      create table "session" (
        "id" text primary key,
        "grant_id" text not null references "access_grant" ("id"),
        "replica" text not null,
        "client_address" text not null,
        "application" text,
        "policy_version" text not null,
        "started_at" timestamptz not null,
        "last_seen_at" timestamptz not null,
        "ended_at" timestamptz,
        "end_reason" text,
        "counts" jsonb not null,
        "riskiest" jsonb not null default '[]',
        "recording_head" text,
        "terminate_asked_at" timestamptz,
        "terminate_asked_by_id" text references "identity" ("id")
      )`);
    this.addSql(`create index on "session" ("started_at")`);
    this.addSql(`create index on "session" ("grant_id")`);
    this.addSql(`create index on "session" ("last_seen_at") where "ended_at" is null`);
    this.addSql(`create index on "session" ("ended_at") where "recording_head" is null`);
    this.addSql(`
      create table "event" (
        "id" bigint generated always as identity primary key,
        "at" timestamptz not null,
        "type" text not null,
        "actor_id" text,
        "subject" text not null,
        "data" jsonb not null,
        "sequence" bigint unique,
        "sha256" text
      )`);
    this.addSql(`create index on "event" ("id") where "sequence" is null`);
    this.addSql(`create index on "event" ("subject")`);
    this.addSql(`
      create table "outbox" (
        "id" bigint generated always as identity primary key,
        "job" text not null,
        "payload" jsonb not null,
        "run_at" timestamptz not null,
        "created_at" timestamptz not null
      )`);
    this.addSql(`
      create table "card_copy" (
        "subject" text not null check ("subject" in ('request', 'grant', 'session')),
        "subject_id" text not null,
        "platform" text not null,
        "channel" text not null,
        "ref" text not null,
        "thread_ref" text,
        "rendered_sha256" text not null,
        "current_at" timestamptz not null,
        primary key ("subject", "subject_id", "platform", "channel")
      )`);
    this.addSql(`
      create table "chat_message" (
        "id" bigint generated always as identity primary key,
        "key" text not null unique,
        "channel" text not null,
        "thread_of" bigint references "chat_message" ("id"),
        "audience_id" text,
        "author" jsonb,
        "text" text not null,
        "card" jsonb,
        "created_at" timestamptz not null,
        "edited_at" timestamptz
      )`);
    this.addSql(`create index on "chat_message" ("channel", "id")`);
    this.addSql(`
      create table "policy_version" (
        "version" text primary key,
        "document" text not null,
        "created_at" timestamptz not null
      )`);
    this.addSql(`
      create table "deployment_key" (
        "name" text primary key,
        "public_key_pem" text not null,
        "sealed_private_key" bytea not null,
        "created_at" timestamptz not null
      )`);
    this.addSql(`
      create function "refuse_illegal_request_move"() returns trigger language plpgsql as $$
      begin
        if new.state <> old.state and old.state <> 'pending' then
          raise exception 'request % cannot move from % to %', old.id, old.state, new.state using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "access_request" for each row execute function "refuse_illegal_request_move"()`,
    );
    this.addSql(`
      create function "refuse_illegal_grant_move"() returns trigger language plpgsql as $$
      begin
        if new.state <> old.state and not (
          (old.state = 'issuing' and new.state in ('active', 'expired', 'revoked', 'done'))
          or (old.state = 'active' and new.state in ('expired', 'revoked', 'done'))
        ) then
          raise exception 'grant % cannot move from % to %', old.id, old.state, new.state using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "access_grant" for each row execute function "refuse_illegal_grant_move"()`,
    );
    this.addSql(`
      create function "refuse_event_change"() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and old.sequence is null and (new.id, new.at, new.type, new.actor_id, new.subject, new.data)
            is not distinct from (old.id, old.at, old.type, old.actor_id, old.subject, old.data) then
          return new;
        end if;
        raise exception 'the audit log is append-only' using errcode = 'check_violation';
      end $$`);
    this.addSql(
      `create trigger "append_only" before update or delete on "event" for each row execute function "refuse_event_change"()`,
    );
  }
}
