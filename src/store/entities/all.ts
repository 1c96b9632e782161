import { GrantSchema, RequestSchema, VoteSchema } from './access.ts';
import { CardCopySchema, ChatMessageSchema } from './chat.ts';
import { DeploymentKeySchema, PolicyVersionSchema } from './deployment.ts';
import { EphemeralRoleSchema } from './ephemeral-role.ts';
import { EventSchema, OutboxSchema } from './event.ts';
import { HoldSchema, HoldVoteSchema } from './hold.ts';
import { IdentitySchema, WebSessionSchema } from './identity.ts';
import { SessionSchema } from './session.ts';

export const ALL_ENTITIES = [
  IdentitySchema,
  WebSessionSchema,
  RequestSchema,
  VoteSchema,
  GrantSchema,
  EphemeralRoleSchema,
  SessionSchema,
  HoldSchema,
  HoldVoteSchema,
  EventSchema,
  OutboxSchema,
  CardCopySchema,
  ChatMessageSchema,
  PolicyVersionSchema,
  DeploymentKeySchema,
];
