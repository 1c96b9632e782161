/** What was checked when the report was made, with what result, and how its reader checks it themselves. */
import type { Block, Inline, Section, Tone } from './blocks.ts';
import type { IncidentReport, RecordingFinding } from './report.ts';
import { moment, none, sessionLink, size } from './words.ts';

const WORDS: Readonly<Record<RecordingFinding['standing'], { readonly text: string; readonly tone?: Tone }>> =
  {
    verified: { text: 'verified', tone: 'good' },
    live: { text: 'live: whole so far, not sealed', tone: 'warning' },
    unsealed: { text: 'whole, and not sealed', tone: 'warning' },
    failed: { text: 'FAILED', tone: 'bad' },
    missing: { text: 'MISSING', tone: 'bad' },
    deleted: { text: 'deleted' },
    unread: { text: 'not checked', tone: 'warning' },
    none: { text: 'nothing was recorded' },
  };

export function verificationSection(report: IncidentReport): Section {
  return {
    id: 'verification',
    title: 'Verification',
    blocks: [
      {
        kind: 'text',
        parts: [
          `Each recording was checked when this report was made, ${moment(report.made.at)}, with the deployment’s signing key, SHA-256 `,
          { text: report.verification.signingKeySha256 ?? 'not known here', code: true },
          '. Compare it with the key that you know.',
        ],
      },
      recordings(report),
      ...logBlocks(report),
      ...howTo(report),
    ],
  };
}

function recordings(report: IncidentReport): Block {
  if (report.sessions.length === 0) return none('There are no recordings.');
  return {
    kind: 'table',
    caption: 'Recordings and what the check found',
    columns: [
      { label: 'Session' },
      { label: 'Result' },
      { label: 'Head' },
      { label: 'Signed with' },
      { label: 'Size', numeric: true },
      { label: 'Notes' },
    ],
    rows: report.sessions.map(({ session, recording }) => [
      [sessionLink(report, session.id)],
      [WORDS[recording.standing]],
      headOf(recording),
      [
        recording.signingKeySha256 === null
          ? ''
          : { text: recording.signingKeySha256.slice(0, 16), code: true },
      ],
      [recording.bytes === null ? '' : size(recording.bytes)],
      [notesOf(recording).join('. ')],
    ]),
  };
}

function headOf({ head, loggedHead }: RecordingFinding): Inline[] {
  if (head !== null) return [{ text: head, code: true }];
  return loggedHead === null ? [] : ['by the log: ', { text: loggedHead, code: true }];
}

function notesOf({
  problems,
  deletedAt,
  onHold,
  sealedBy,
  standing,
  loggedHead,
  head,
}: RecordingFinding): string[] {
  return [
    ...(deletedAt === null ? [] : [`deleted on ${moment(deletedAt)}`]),
    ...problems,
    ...(sealedBy === 'recovered' ? ['sealed after its recorder died'] : []),
    ...(onHold ? ['on legal hold'] : []),
    ...(standing === 'verified' && head === loggedHead ? ['as the log says'] : []),
    ...(standing === 'verified' && loggedHead === null ? ['the log names no head of it yet'] : []),
  ];
}

function logBlocks({ verification }: IncidentReport): Block[] {
  const { events, waiting, checked, whyNot, types } = verification.log;
  const counted = `The audit log has ${events} events about this incident${waiting > 0 ? `, ${waiting} of them not in their place yet` : ''}.`;
  const what: Block = {
    kind: 'text',
    parts: [`${counted} ${types.map(({ type, count }) => `${type} ${count}`).join(', ')}`],
  };
  if (checked === null)
    return [what, { kind: 'text', parts: [`It was not checked. ${whyNot ?? ''}`], tone: 'warning' }];
  const { from, to, ok, headSequence, headSha256, signedThrough, problems } = checked;
  const result: Block = {
    kind: 'text',
    parts: [
      `Events ${from} to ${to} of the log were checked: `,
      ok ? { text: 'as they were written', tone: 'good' } : { text: 'NOT as they were written', tone: 'bad' },
      `. ${signedThrough === null ? 'They are signed within a minute.' : `Signed up to event ${signedThrough}.`} Event ${headSequence ?? to} has the hash `,
      { text: headSha256 ?? '', code: true },
      '.',
    ],
    ...(ok ? {} : { tone: 'bad' as const }),
  };
  if (problems.length === 0) return [what, result];
  return [what, result, { kind: 'list', items: problems.map((problem) => [problem]) }];
}

function howTo({ verification, sessions }: IncidentReport): Block[] {
  const { checked } = verification.log;
  const head = checked?.headSha256 == null ? '' : ` --head ${checked.headSequence}:${checked.headSha256}`;
  const [first] = sessions;
  return [
    {
      kind: 'text',
      parts: [
        'To check it without trusting this server: take the recordings, the public key (signing-key.pub beside them) and an export of the log, and run the verifier. The heads that it prints must be those in the table above.',
      ],
    },
    {
      kind: 'commands',
      lines: [
        'sallyport audit export --out audit.jsonl',
        `sallyport verify recordings/ --public-key signing-key.pub --log audit.jsonl${head}`,
        ...(first === undefined
          ? []
          : [`sallyport verify ${first.session.id}.sprec --public-key signing-key.pub`]),
      ],
    },
  ];
}
