import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Card, Form } from '../../../../src/bot/card.ts';
import { withTimeLeft } from '../../../../src/bot/cards/time-left.ts';
import { parseCommand } from '../../../../src/bot/commands/parse-command.ts';
import { COMMANDS } from '../../../../src/bot/commands/table.ts';
import { approveForLessForm, denyForm } from '../../../../src/bot/forms/decision-forms.ts';
import { denyPolicyForm } from '../../../../src/bot/forms/oversight-forms.ts';
import { breakGlassForm, extendForm } from '../../../../src/bot/forms/request-life-forms.ts';
import { messageOf } from '../../../../src/bot/slack/render/blocks.ts';
import { viewOf } from '../../../../src/bot/slack/render/form-view.ts';
import { fullViewOf } from '../../../../src/bot/slack/render/full-view.ts';
import { homeView } from '../../../../src/bot/slack/render/home-view.ts';
import { messageOf as teamsMessageOf } from '../../../../src/bot/teams/render/card.ts';
import { formCard } from '../../../../src/bot/teams/render/form.ts';
import { ENGLISH } from '../../../../src/bot/texts/en/english.ts';
import { LANGUAGE_TABLE } from '../../../../src/bot/texts/languages.ts';
import { inTexts } from '../../../../src/bot/texts/texts.ts';
import { isAppError } from '../../../../src/core/errors.ts';
import { pseudoLanguage, untranslated } from '../../../support/pseudo-language.ts';
import { problemsOf, problemsOfView } from '../../../support/slack/validate.ts';
import { textsOfCard as textsOfTeamsCard } from '../../../support/teams/card-elements.ts';
import { problemsOfActivity, problemsOfCard } from '../../../support/teams/validate.ts';
import { everyCard } from '../every-card.ts';
import { everyForm } from '../every-form.ts';
import { ALICE, grantView, policyChangeView, requestFormOf, requestView } from '../views.ts';

const PSEUDO = pseudoLanguage(ENGLISH);
/** Without letters, so that every letter is somebody else's. */
const TYPED = '4711';
/** What the samples hold besides, and what is the field's own term. */
const KNOWN = ['postgres', 'slack', 'web', 'drop', 'delete', 'NULL'];
/** How commands are written. */
const GRAMMAR = COMMANDS.flatMap(({ name, usage, examples }) => [name, usage, ...examples]).flatMap(
  (written) => written.match(/[A-Za-z][A-Za-z'’-]*/g) ?? [],
);

const inPseudo = <Result>(work: () => Result): Result => inTexts(PSEUDO, work);
const CARDS = Object.entries(inPseudo(() => everyCard(TYPED)));
const FORMS = Object.entries(inPseudo(() => ({ ...everyForm(TYPED), ...moreForms() })));

/** What forms say when nothing was filled in yet, and about what differs. */
function moreForms(): Readonly<Record<string, Form>> {
  const names = { resource: TYPED, role: TYPED, reason: TYPED };
  const requester = { ...ALICE, name: TYPED };
  const request = requestView({ ...names, requester, beneficiary: requester, seats: [] });
  const grant = grantView(names);
  const nothing = { resource: '', role: '', duration: '', reason: '', ticket: '' };
  const roles = [{ role: TYPED, automatic: true, seats: [], durationMaxMs: 3_600_000 }];
  const requestable = [{ resource: TYPED, kind: 'postgres', labels: {}, roles }];
  const incidents = [{ name: TYPED, title: TYPED }];
  const shorter = { durationMs: null, note: null };
  return {
    'new request': requestFormOf({}, { requestable, incidents, preview: TYPED }),
    'request with a role': requestFormOf({ resource: TYPED }, { requestable, preview: TYPED }),
    'new break-glass': breakGlassForm({ values: nothing, breakable: requestable, problem: null }),
    'new extension': extendForm(grant, { by: '', reason: '', problem: null }),
    'denial of an extension': denyForm({ ...request, kind: 'extension' }),
    'less than the least': approveForLessForm({ ...request, durationMs: 60_000 }, shorter),
    'change by a file': denyPolicyForm(policyChangeView({ proposer: null })),
  };
}

/** Every text on a card that somebody reads. */
function textsOfCard(card: Card): readonly string[] {
  return [
    card.title,
    card.status,
    card.fallback,
    ...card.fields.flatMap(({ label, value, timeLeft = '' }) => [label, value, timeLeft]),
    ...(card.verbatim ?? []).flatMap(({ label, text, omits }) => [label, text, omits ?? '']),
    ...card.lists.flatMap(({ title, items }) => [
      title,
      ...items.flatMap(({ text, detail = '' }) => [text, detail]),
    ]),
    ...card.actions.map(({ label }) => label),
  ];
}

function textsOfForm(form: Form): readonly string[] {
  return [
    form.title,
    form.introduction ?? '',
    form.submitLabel,
    ...form.fields.flatMap(({ label, placeholder = '', options = [], suggestions = [] }) => [
      label,
      placeholder,
      ...options.map((option) => option.label),
      ...suggestions,
    ]),
  ];
}

/** Every text that Slack shows of a payload of ours. */
function textsOfBlocks(payload: unknown): readonly string[] {
  if (Array.isArray(payload)) return payload.flatMap(textsOfBlocks);
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.entries(payload).flatMap(([name, part]) =>
    name === 'text' && typeof part === 'string' ? [withoutMarkup(part)] : textsOfBlocks(part),
  );
}

function withoutMarkup(text: string): string {
  return text.replaceAll(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1').replaceAll(/&(?:amp|lt|gt);/g, ' ');
}

/** Without the tokens that Teams makes times of. */
function textsInTeams(payload: unknown): string {
  return textsOfTeamsCard(payload).replaceAll(/\{\{(?:DATE|TIME)\([^)]*\)\}\}/g, ' ');
}

const leftIn = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => untranslated(text, KNOWN));

describe('in a language that is not English', () => {
  test.each(CARDS.filter(([name]) => !name.startsWith('help')))(
    'the card "%s" is translated',
    (_name, card) => {
      const now = new Date('2026-11-21T12:00:30Z');
      expect(leftIn(textsOfCard(inPseudo(() => withTimeLeft(card, now))))).toEqual([]);
    },
  );

  test('the help is translated, but for what is written after /access', () => {
    const cards = CARDS.filter(([name]) => name.startsWith('help')).map(([, card]) => card);
    expect(cards).toHaveLength(2);
    const left = cards.flatMap(textsOfCard).flatMap((text) => untranslated(text, GRAMMAR));
    expect(left).toEqual([]);
  });

  test.each(FORMS)('the form "%s" is translated', (_name, form) => {
    expect(leftIn(textsOfForm(form))).toEqual([]);
  });

  test.each(CARDS.filter(([name]) => !name.startsWith('help')))(
    'the card "%s" is translated in Slack, and fits',
    (_name, card) => {
      const message = inPseudo(() => messageOf(card));
      expect(leftIn(textsOfBlocks(message))).toEqual([]);
      expect(problemsOf('chat.postMessage', { channel: 'C012ABCDEF', ...message })).toEqual([]);
    },
  );

  test.each(FORMS)('the form "%s" is translated in Slack, and fits', (_name, form) => {
    const view = inPseudo(() => viewOf(form, { channel: 'C012ABCDEF' }));
    expect(leftIn(textsOfBlocks(view))).toEqual([]);
    expect(problemsOfView(view)).toEqual([]);
  });

  test.each(CARDS.filter(([name]) => !name.startsWith('help')))(
    'the card "%s" is translated in Teams, and fits',
    (_name, card) => {
      const shared = { kind: 'shared', target: 'request:r-abcd2345', userIds: [] } as const;
      const messages = inPseudo(() => [
        teamsMessageOf(card, { kind: 'own', stage: 'message' }),
        teamsMessageOf(card, shared),
      ]);
      expect(leftIn(messages.map(textsInTeams))).toEqual([]);
      expect(messages.flatMap((message) => problemsOfActivity({ ...message }))).toEqual([]);
    },
  );

  test.each(FORMS)('the form "%s" is translated in Teams, and fits', (_name, form) => {
    const dialog = inPseudo(() => formCard(form, { stage: 'dialog', problem: null }));
    // What is chosen is told apart by these, and shown by its title.
    const values = form.fields.flatMap(({ options = [] }) => options.map(({ value }) => value));
    expect(untranslated(textsInTeams(dialog), [...KNOWN, ...values])).toEqual([]);
    expect(problemsOfCard(dialog)).toEqual([]);
  });

  test('what only Slack has is translated', () => {
    const cards = CARDS.map(([, card]) => card);
    const home = (shown: readonly Card[], requests: Parameters<typeof homeView>[0]['requests']) =>
      inPseudo(() =>
        homeView({
          decisions: shown,
          decisionsCount: shown.length && 99,
          grants: shown,
          requests,
          now: new Date('2026-11-21T12:00:00Z'),
        }),
      );
    const held = everyCard(TYPED)['hold'];
    if (held === undefined) throw new Error('there is no card of a held command');
    const long = { label: TYPED, text: '4711 '.repeat(4_000), omits: null };
    const views = [
      home([], []),
      home(cards.slice(0, 2), [requestView({ resource: TYPED, role: TYPED, seats: [] })]),
      inPseudo(() =>
        fullViewOf(
          { ...inPseudo(() => everyCard(TYPED)['hold'] ?? held), verbatim: [long] },
          { channel: 'C1' },
        ),
      ),
    ];
    for (const view of views) expect(leftIn(textsOfBlocks(view))).toEqual([]);
  });

  test.each([
    '4711',
    'requst',
    '/4711',
    'request 4711 4711',
    'request for',
    'request for 1h for 1h',
    `request ${'4'.repeat(70)}`,
    `request 4711 as ${'4'.repeat(70)}`,
    `request because ${'4'.repeat(3_500)}`,
    'approve',
    'approve !!',
    'revoke @',
    'delegate until friday',
    'delegate @4711',
    'delegate @4711 until 2026-02-31',
    'oncall',
    'incident opn',
    'incident open',
    'incident close 1 2',
    `incident open ${'4'.repeat(3_000)}`,
    `comment r-abcd2345 ${'4'.repeat(3_500)}`,
    `sessions ${'4'.repeat(300)}`,
    `timeline ${'4'.repeat(300)}`,
    'link 4711',
    '4'.repeat(5_000),
  ])('what is wrong with "%.40s" is translated', (line) => {
    const problem = problemWith(line);
    expect(problem).toMatch(/[Ａ-ｚ]/);
    expect(untranslated(problem, [...GRAMMAR, ...(line.match(/[a-z-]+/g) ?? [])])).toEqual([]);
  });
});

function problemWith(line: string): string {
  try {
    inPseudo(() => parseCommand(line));
    return '';
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
}

describe.each(Object.entries(LANGUAGE_TABLE))('in the language "%s"', (_code, language) => {
  test('cards and forms fit into Slack and Teams', () => {
    inTexts(language, () => {
      for (const card of Object.values(everyCard('Ärger & <b>'))) {
        const inSlack = { channel: 'C012ABCDEF', ...messageOf(card) };
        expect(problemsOf('chat.postMessage', inSlack)).toEqual([]);
        expect(problemsOfActivity({ ...teamsMessageOf(card, { kind: 'own', stage: 'message' }) })).toEqual(
          [],
        );
      }
      for (const form of Object.values(everyForm('Ärger & <b>'))) {
        expect(problemsOfView(viewOf(form, { channel: 'C012ABCDEF' }))).toEqual([]);
        expect(problemsOfCard(formCard(form, { stage: 'dialog', problem: null }))).toEqual([]);
      }
    });
  });
});

describe('the sources', () => {
  const folders = ['acts', 'cards', 'commands', 'forms', 'slack/render', 'teams/render'];

  test.each(folders)('of src/bot/%s hold no sentence', (folder) => {
    const root = join(import.meta.dirname, '../../../../src/bot', folder);
    const found = readdirSync(root).flatMap((file) =>
      sentencesIn(readFileSync(join(root, file), 'utf8')).map((sentence) => `${file}: ${sentence}`),
    );
    expect(found).toEqual([]);
  });
});

/** String literals with two words beside each other. What is logged is for operators, and how commands are written is the same in every language. */
function sentencesIn(source: string): readonly string[] {
  const code = source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/examples: \[[\s\S]*?\],/g, '')
    .replaceAll(/(?:USAGE =|usage:) '[^'\n]*'/g, '')
    .replaceAll(/logger\.\w+\([\s\S]*?\);/g, '')
    .replaceAll(/new (?:RangeError|Error)\([\s\S]*?\)/g, '');
  const literals = code.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`/g) ?? [];
  const labels = code.match(/\b(?:label|title|status|text|placeholder|submitLabel): ['"`][A-Za-z]\w+/g) ?? [];
  const sentences = literals.filter((literal) =>
    /[A-Za-z]{2,},? [a-z]{2,}/.test(literal.replaceAll(/\$\{[^}]*\}/g, '')),
  );
  return [...sentences, ...labels];
}
