import { Migration } from '@mikro-orm/migrations';

/**
 * Votes on reviews and on changes of the policy are held to what votes on requests are: accounts with one e-mail
 * address are one person, who decides once, and never about what is theirs.
 */
export class Migration20261124000303 extends Migration {
  override up(): void {
    this.#reviews();
    this.#policyChanges();
  }

  #reviews(): void {
    this.addSql(`
      create or replace function "is_party_of_grant"(the_grant text, who text) returns boolean language sql stable as $$
        select exists (
          select 1 from "access_grant" g join "access_request" r on r.id = g.request_id
           where g.id = the_grant
             and ("is_same_person"(who, g.holder_id) or "is_same_person"(who, r.requester_id)
                  or "is_same_person"(who, r.beneficiary_id)))
      $$`);
    this.addSql(`
      create or replace function "refuse_misplaced_review_vote"() returns trigger language plpgsql as $$
      declare
        reviewed "review"%rowtype;
        who text;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into reviewed from "review" r where r.id = new.review_id for update;
        if reviewed.state <> 'pending' then
          raise exception 'review % takes no vote: it is %', reviewed.id, reviewed.state using errcode = 'check_violation';
        end if;
        foreach who in array array_remove(array[new.identity_id, new.on_behalf_of_id], null) loop
          if "is_party_of_grant"(reviewed.grant_id, who) then
            raise exception 'nobody reviews their own access' using errcode = 'check_violation';
          end if;
          if exists (select 1 from "review_vote" v where v.review_id = new.review_id
                      and ("is_same_person"(who, v.identity_id) or "is_same_person"(who, v.on_behalf_of_id))) then
            raise exception 'one person votes once' using errcode = 'unique_violation';
          end if;
        end loop;
        return new;
      end $$`);
  }

  #policyChanges(): void {
    this.addSql(`
      create or replace function "refuse_misplaced_policy_change_vote"() returns trigger language plpgsql as $$
      declare
        asked "policy_change"%rowtype;
        who text;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into asked from "policy_change" c where c.id = new.change_id for update;
        if asked.state <> 'pending' then
          raise exception 'policy change % takes no vote: it is %', asked.id, asked.state using errcode = 'check_violation';
        end if;
        if asked.version <> new.version then
          raise exception 'the vote is about another version' using errcode = 'check_violation';
        end if;
        foreach who in array array_remove(array[new.identity_id, new.on_behalf_of_id], null) loop
          if "is_same_person"(who, asked.proposer_id) then
            raise exception 'nobody votes on their own change' using errcode = 'check_violation';
          end if;
          if exists (select 1 from "policy_change_vote" v where v.change_id = new.change_id
                      and ("is_same_person"(who, v.identity_id) or "is_same_person"(who, v.on_behalf_of_id))) then
            raise exception 'one person votes once' using errcode = 'unique_violation';
          end if;
        end loop;
        return new;
      end $$`);
  }
}
