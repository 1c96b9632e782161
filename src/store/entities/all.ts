import { GrantSchema, RequestCommentSchema, RequestSchema, VoteSchema } from './access.ts';
import { AlertSchema } from './alert.ts';
import { AuditHeadSchema } from './audit-head.ts';
import { CardCopySchema, ChatMessageSchema } from './chat.ts';
import { ChatAccountSchema } from './chat-account.ts';
import { ChatDeliverySchema } from './chat-delivery.ts';
import { ChatDocumentSchema, ChatFileSchema } from './chat-document.ts';
import { ChatAccountChangeSchema, ChatLinkNonceSchema } from './chat-link.ts';
import { ChatPaceSchema, ChatPostingSchema } from './chat-posting.ts';
import { DeadLetterSchema } from './dead-letter.ts';
import { DelegationSchema } from './delegation.ts';
import { DeploymentKeySchema, PolicyVersionSchema, RootKeySchema } from './deployment.ts';
import { EphemeralRoleSchema } from './ephemeral-role.ts';
import { EventSchema, OutboxSchema } from './event.ts';
import { FreezeSchema } from './freeze.ts';
import { HoldSchema, HoldVoteSchema } from './hold.ts';
import { IdentitySchema, WebSessionSchema } from './identity.ts';
import { IncidentSchema } from './incident.ts';
import { PolicyChangeSchema, PolicyChangeVoteSchema, PolicyFileSchema } from './policy-change.ts';
import { RecordingHoldSchema, RecordingSchema } from './recording.ts';
import { ReviewSchema, ReviewVoteSchema } from './review.ts';
import { RotatingTokenSchema } from './rotating-token.ts';
import { SessionSchema } from './session.ts';
import { SinkLetterSchema, SinkSchema, SinkTestSchema } from './sink.ts';
import { SshKeySchema } from './ssh-key.ts';
import { StepUpSchema } from './step-up.ts';
import { TeamsAccountSchema, TeamsConversationSchema } from './teams.ts';

export const ALL_ENTITIES = [
  IdentitySchema,
  WebSessionSchema,
  SshKeySchema,
  RequestSchema,
  VoteSchema,
  RequestCommentSchema,
  StepUpSchema,
  DelegationSchema,
  FreezeSchema,
  GrantSchema,
  ReviewSchema,
  ReviewVoteSchema,
  EphemeralRoleSchema,
  SessionSchema,
  RecordingSchema,
  RecordingHoldSchema,
  HoldSchema,
  HoldVoteSchema,
  EventSchema,
  AuditHeadSchema,
  OutboxSchema,
  SinkSchema,
  SinkLetterSchema,
  SinkTestSchema,
  AlertSchema,
  DeadLetterSchema,
  CardCopySchema,
  ChatMessageSchema,
  ChatAccountSchema,
  ChatLinkNonceSchema,
  ChatAccountChangeSchema,
  ChatDocumentSchema,
  ChatFileSchema,
  IncidentSchema,
  ChatPostingSchema,
  ChatPaceSchema,
  RotatingTokenSchema,
  ChatDeliverySchema,
  TeamsConversationSchema,
  TeamsAccountSchema,
  PolicyVersionSchema,
  PolicyChangeSchema,
  PolicyChangeVoteSchema,
  PolicyFileSchema,
  DeploymentKeySchema,
  RootKeySchema,
];
