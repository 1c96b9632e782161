import { Migration } from '@mikro-orm/migrations';

/**
 * What the use cases see to, seen to once more by the database: linked accounts are one person, consent comes from
 * whom it was asked of, an escalation is the only change of what an approval needs, a comment stays as it is, a
 * delegation only ends, and a step-up link works once.
 */
export class Migration20261123000111 extends Migration {
  override up(): void {
    this.#votes();
    this.#requests();
    this.#comments();
    this.#delegations();
    this.#stepUps();
  }

  /** Accounts with one e-mail address are one person; a workload's address is its owner's. */
  #votes(): void {
    this.addSql(`
      create function "is_same_person"(one text, other text) returns boolean language sql stable as $$
        select one = other or exists (
          select 1 from "identity" a, "identity" b where a.id = one and b.id = other and lower(a.email) = lower(b.email))
      $$`);
    this.addSql(`
      create or replace function "refuse_misplaced_vote"() returns trigger language plpgsql as $$
      declare
        asked "access_request"%rowtype;
        who text;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into asked from "access_request" r where r.id = new.request_id for update;
        if asked.state <> 'pending' then
          raise exception 'request % takes no vote: it is %', asked.id, asked.state using errcode = 'check_violation';
        end if;
        foreach who in array array_remove(array[new.identity_id, new.on_behalf_of_id], null) loop
          if "is_same_person"(who, asked.requester_id) or "is_same_person"(who, asked.beneficiary_id) then
            raise exception 'nobody votes on their own request' using errcode = 'check_violation';
          end if;
          if exists (select 1 from "vote" v where v.request_id = new.request_id
                      and ("is_same_person"(who, v.identity_id) or "is_same_person"(who, v.on_behalf_of_id))) then
            raise exception 'one person votes once' using errcode = 'unique_violation';
          end if;
        end loop;
        return new;
      end $$`);
    this.addSql(`
      create or replace function "refuse_misplaced_hold_vote"() returns trigger language plpgsql as $$
      declare
        who text;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        perform 1 from "hold" h where h.id = new.hold_id and h.state = 'held' and h.text_sha256 = new.text_sha256 for update;
        if not found then
          raise exception 'hold % takes no such vote', new.hold_id using errcode = 'check_violation';
        end if;
        foreach who in array array_remove(array[new.identity_id, new.on_behalf_of_id], null) loop
          if exists (select 1 from "hold" h
                       join "session" s on s.id = h.session_id
                       join "access_grant" g on g.id = s.grant_id
                       join "access_request" r on r.id = g.request_id
                      where h.id = new.hold_id
                        and ("is_same_person"(who, g.holder_id) or "is_same_person"(who, r.requester_id))) then
            raise exception 'nobody votes on their own command' using errcode = 'check_violation';
          end if;
          if exists (select 1 from "hold_vote" v where v.hold_id = new.hold_id
                      and ("is_same_person"(who, v.identity_id) or "is_same_person"(who, v.on_behalf_of_id))) then
            raise exception 'one person votes once' using errcode = 'unique_violation';
          end if;
        end loop;
        return new;
      end $$`);
  }

  #requests(): void {
    this.addSql(`
      create function "refuse_request_change"() returns trigger language plpgsql as $$
      begin
        if (new.id, new.requester_id, new.beneficiary_id, new.consent_from, new.resource, new.resource_kind, new.role,
            new.duration_ms, new.reason, new.ticket, new.incident, new.policy, new.policy_version, new.created_at, new.lapses_at)
            is distinct from
           (old.id, old.requester_id, old.beneficiary_id, old.consent_from, old.resource, old.resource_kind, old.role,
            old.duration_ms, old.reason, old.ticket, old.incident, old.policy, old.policy_version, old.created_at, old.lapses_at) then
          raise exception 'what request % asks for cannot change', old.id using errcode = 'check_violation';
        end if;
        if old.state <> 'pending' and (new.approval, new.consented_by_id, new.consented_at, new.reminded_at, new.escalated_at)
            is distinct from (old.approval, old.consented_by_id, old.consented_at, old.reminded_at, old.escalated_at) then
          raise exception 'request % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if old.consented_at is not null
            and (new.consented_by_id, new.consented_at) is distinct from (old.consented_by_id, old.consented_at) then
          raise exception 'the consent to request % was given already', old.id using errcode = 'check_violation';
        end if;
        if old.reminded_at is not null and new.reminded_at is distinct from old.reminded_at
            or old.escalated_at is not null and new.escalated_at is distinct from old.escalated_at then
          raise exception 'request % was announced already', old.id using errcode = 'check_violation';
        end if;
        if new.approval is distinct from old.approval and (old.escalated_at is not null or new.escalated_at is null) then
          raise exception 'what request % needs changes when it is escalated, and only then', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "what_it_asks" before update on "access_request" for each row execute function "refuse_request_change"()`,
    );
    this.addSql(`
      create function "refuse_other_consent"() returns trigger language plpgsql as $$
      begin
        if new.consented_by_id is not null and not exists (
            select 1 from "identity" i
             where i.id = new.consented_by_id and i.kind = 'person' and lower(i.email) = lower(new.consent_from)) then
          raise exception 'consent to request % comes from %', new.id, new.consent_from using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "consent_of_whom_it_takes" before insert or update of "consented_by_id" on "access_request" for each row execute function "refuse_other_consent"()`,
    );
  }

  #comments(): void {
    this.addSql(`
      create function "refuse_comment_change"() returns trigger language plpgsql as $$
      begin
        raise exception 'comments are append-only' using errcode = 'check_violation';
      end $$`);
    this.addSql(
      `create trigger "append_only" before update or delete on "request_comment" for each row execute function "refuse_comment_change"()`,
    );
  }

  #delegations(): void {
    this.addSql(`
      create function "refuse_delegation_change"() returns trigger language plpgsql as $$
      begin
        if old.ended_at is not null or (new.id, new.from_id, new.to_id, new.claims, new.created_at, new.until)
            is distinct from (old.id, old.from_id, old.to_id, old.claims, old.created_at, old.until) then
          raise exception 'delegation % only ends', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "it_only_ends" before update on "delegation" for each row execute function "refuse_delegation_change"()`,
    );
  }

  #stepUps(): void {
    this.addSql(`
      create function "refuse_step_up_change"() returns trigger language plpgsql as $$
      begin
        if old.used_at is not null or (new.id_sha256, new.request_id, new.shown_sha256, new.identity_id, new.verdict,
              new.duration_ms, new.note, new.created_at, new.expires_at) is distinct from
            (old.id_sha256, old.request_id, old.shown_sha256, old.identity_id, old.verdict,
              old.duration_ms, old.note, old.created_at, old.expires_at)
            or (new.used_at is not null and (new.signed_in_at is null or new.used_at >= old.expires_at)) then
          raise exception 'a link to confirm a vote works once, for what it is about' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "it_works_once" before update on "step_up" for each row execute function "refuse_step_up_change"()`,
    );
  }
}
