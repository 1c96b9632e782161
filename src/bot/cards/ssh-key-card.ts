/** The card that tells somebody of a key which logs in as them. */
import type { SshKeyChangeView } from '../../access/ssh-key-changes.ts';
import type { Card } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { NAME_CHARACTERS_MAX, STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant } from './wording.ts';

export function sshKeyCard({ change, keyId, fingerprint, label, at }: SshKeyChangeView): Card {
  const words = texts().sshKeys;
  const title = plainLine(words.titles[change], TITLE_CHARACTERS_MAX);
  const status = plainLine(
    words.statuses[change]({ at: formatInstant(at), id: keyId }),
    STATUS_CHARACTERS_MAX,
  );
  return {
    tone: change === 'registered' ? 'warning' : 'neutral',
    title,
    status,
    fields: [
      { label: words.label, value: plainLine(label, NAME_CHARACTERS_MAX) },
      { label: words.fingerprint, value: plainLine(fingerprint, NAME_CHARACTERS_MAX), code: true },
      { label: words.key, value: keyId, code: true },
    ],
    lists: [],
    actions: [],
    fallback: `${title}. ${status}`,
  };
}
