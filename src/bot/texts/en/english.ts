/** All that chat says, in English. Every other language has the same parts. */
import { accounts } from './accounts.ts';
import { alerts } from './alerts.ts';
import { answers, problems } from './answers.ts';
import { buttons } from './buttons.ts';
import { decisions } from './decisions.ts';
import { delegations } from './delegations.ts';
import { forms } from './forms.ts';
import { grants } from './grants.ts';
import { help } from './help.ts';
import { holds } from './holds.ts';
import { documents, incidents } from './incidents.ts';
import { labels } from './labels.ts';
import { lists } from './lists.ts';
import { auditHeads, freezes, onCall } from './oversight.ts';
import { people } from './people.ts';
import { policyChanges } from './policy-changes.ts';
import { requests } from './requests.ts';
import { reviews } from './reviews.ts';
import { sessions, timeLeft } from './sessions.ts';
import { shown } from './shown.ts';
import { slack } from './slack.ts';
import { sshKeys } from './ssh-keys.ts';
import { teams } from './teams.ts';
import { usage } from './usage.ts';
import { web } from './web.ts';

export const ENGLISH = {
  accounts,
  alerts,
  answers,
  auditHeads,
  buttons,
  decisions,
  delegations,
  documents,
  forms,
  freezes,
  grants,
  help,
  holds,
  incidents,
  labels,
  lists,
  onCall,
  people,
  policyChanges,
  problems,
  requests,
  reviews,
  sessions,
  shown,
  slack,
  sshKeys,
  teams,
  timeLeft,
  usage,
  web,
};
