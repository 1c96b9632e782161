/**
 * Commands, button clicks and submitted forms. Nothing is assumed to have worked: an act is under
 * way until the server answered, and a failure becomes a note that only this person sees.
 */
import { useRef, useState } from 'preact/hooks';
import type { ActionId, Form } from '../../bot/card.ts';
import type { ActAnswer, ChatMessage, Ephemeral, PostAnswer, RefilledForm } from '../../bot/web/wire.ts';
import { failureOf, newKey, postJson, type RequestFailed } from '../http/client.ts';

/** A private answer on screen. */
export interface Note {
  readonly id: string;
  readonly channel: string;
  /** The message whose button was pressed; null for the composer. */
  readonly anchor: string | null;
  /** For the composer: the last message when the answer came, so that later ones stand below it. */
  readonly after: string | null;
  readonly at: string;
  readonly content: Ephemeral;
  /** Sends the same act again, under the same key. */
  readonly retry: (() => void) | null;
}

export interface OpenForm {
  readonly form: Form;
  readonly channel: string;
  readonly anchor: string | null;
  /** One for all its submissions: pressing again after a lost answer does not act twice. */
  readonly key: string;
}

export interface Acts {
  readonly notes: readonly Note[];
  readonly openForm: OpenForm | null;
  /** True while the button of this action and subject is under way. */
  isBusy(action: ActionId, subject: string): boolean;
  /** Resolves true when the server took the command. */
  sendCommand(text: string): Promise<boolean>;
  press(button: { action: ActionId; subject: string; anchor: string | null }): void;
  /** Opens the form that asks for access, with what somebody said as the reason; nothing is asked for yet. */
  askForAccess(because: string | null, anchor: string | null): void;
  /** The form anew for what is filled in, or null where it stays as it is. Does nothing. */
  refillForm(open: OpenForm, values: Readonly<Record<string, string>>): Promise<Form | null>;
  /** Rejects with the failure, for the dialog to show. */
  submitForm(open: OpenForm, values: Record<string, string>): Promise<void>;
  closeForm(): void;
  dismiss(noteId: string): void;
}

interface Act {
  readonly path: 'commands' | 'actions' | 'forms';
  readonly channel: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly anchor: string | null;
  readonly key: string;
}

const NOTES_MAX = 50;
/** What is taken of a message as a reason: whoever asks can still change it. */
const REASON_CHARACTERS_MAX = 400;

interface ActsOptions {
  /** Where the person is. */
  readonly channel: string | null;
  /** The channel's last message that is not an answer to another. */
  readonly newestIn: (channel: string) => string | null;
  /** Told in which channel something was done, and the message it made at once, if one. */
  readonly afterAct: (channel: string, message: ChatMessage | null) => void;
}

export function useActs({ channel, newestIn, afterAct }: ActsOptions): Acts {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [openForm, setOpenForm] = useState<OpenForm | null>(null);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const busyNow = useRef(new Set<string>());
  /** A command whose answer never came is sent again under its first key. */
  const unsent = useRef<{ text: string; key: string } | null>(null);

  const addNote = (note: Omit<Note, 'id' | 'at' | 'after'>): void => {
    const after = note.anchor === null ? newestIn(note.channel) : null;
    const placed = { ...note, after, id: newKey(), at: new Date().toISOString() };
    setNotes((before) => [...before, placed].slice(-NOTES_MAX));
  };
  const mark = (name: string, on: boolean): void => {
    if (on) busyNow.current.add(name);
    else busyNow.current.delete(name);
    setBusy(new Set(busyNow.current));
  };

  const show = (answer: ActAnswer | PostAnswer, place: { channel: string; anchor: string | null }): void => {
    setOpenForm(answer.form ? { form: answer.form, ...place, key: newKey() } : null);
    if (answer.reply) addNote({ ...place, content: answer.reply, retry: null });
    afterAct(place.channel, 'message' in answer ? answer.message : null);
  };

  const perform = async (act: Act): Promise<RequestFailed | null> => {
    const place = { channel: act.channel, anchor: act.anchor };
    try {
      const body = { channel: act.channel, ...act.body, key: act.key };
      show(await postJson<ActAnswer | PostAnswer>(`/chat/api/${act.path}`, body), place);
      return null;
    } catch (error) {
      return failureOf(error);
    }
  };

  const press = async (act: Act, name: string): Promise<void> => {
    if (busyNow.current.has(name)) return;
    mark(name, true);
    const failure = await perform(act);
    mark(name, false);
    if (!failure) return;
    const retry = mayWorkLater(failure) ? () => void press(act, name) : null;
    addNote({ channel: act.channel, anchor: act.anchor, content: failureNote(failure.message), retry });
  };

  const openRequestForm = async (
    place: { channel: string; anchor: string | null },
    said: string,
  ): Promise<void> => {
    const reason = [...said.replaceAll(/\s+/g, ' ').trim()].slice(0, REASON_CHARACTERS_MAX).join('');
    const body = { channel: place.channel, form: 'request', values: { reason } };
    try {
      const { form } = await postJson<RefilledForm>('/chat/api/refills', body);
      if (form) setOpenForm({ form, ...place, key: newKey() });
      else addNote({ ...place, content: failureNote('There is nothing that you may ask for.'), retry: null });
    } catch (error) {
      addNote({ ...place, content: failureNote(failureOf(error).message), retry: null });
    }
  };

  return {
    notes,
    openForm,
    isBusy: (action, subject) => busy.has(`${action} ${subject}`),
    async sendCommand(text) {
      if (channel === null) return false;
      const key = unsent.current?.text === text ? unsent.current.key : newKey();
      const failure = await perform({ path: 'commands', channel, body: { text }, anchor: null, key });
      unsent.current = failure ? { text, key } : null;
      if (failure) addNote({ channel, anchor: null, content: failureNote(failure.message), retry: null });
      return failure === null;
    },
    press({ action, subject, anchor }) {
      if (channel === null) return;
      void press(
        { path: 'actions', channel, body: { action, subject }, anchor, key: newKey() },
        `${action} ${subject}`,
      );
    },
    async submitForm({ form, channel: place, anchor, key }, values) {
      const body = { form: form.id, subject: form.subject, values };
      const failure = await perform({ path: 'forms', channel: place, body, anchor, key });
      if (failure) throw failure;
    },
    askForAccess(because, anchor) {
      if (channel === null) return;
      void openRequestForm({ channel, anchor }, because ?? '');
    },
    async refillForm({ form, channel: place }, values) {
      const body = { channel: place, form: form.id, values };
      return (await postJson<RefilledForm>('/chat/api/refills', body)).form;
    },
    closeForm: () => setOpenForm(null),
    dismiss: (noteId) => setNotes((before) => before.filter((note) => note.id !== noteId)),
  };
}

/** No answer, or one that says the server is at fault for now: the same act may work in a moment. */
function mayWorkLater(failure: RequestFailed): boolean {
  return failure.status === 0 || failure.status === 429 || failure.status >= 500;
}

function failureNote(text: string): Ephemeral {
  return { text, card: null, copyable: [], tone: 'bad' };
}
