/** The elements of Adaptive Cards 1.5 that are used here, and no others. */

export type TextSize = 'Small' | 'Default' | 'Medium' | 'Large';
type Spacing = 'none' | 'small' | 'default' | 'medium' | 'large';
export type ContainerStyle = 'default' | 'emphasis' | 'good' | 'attention' | 'warning' | 'accent';

export interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: TextSize;
  readonly isSubtle?: true;
  readonly fontType?: 'Monospace';
}

/** Text that no client reads markup in. */
export interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly inlines: readonly TextRun[];
  readonly spacing?: Spacing;
}

/** Read as Markdown: only what is inert in it goes here. */
export interface TextBlock {
  readonly type: 'TextBlock';
  readonly text: string;
  readonly wrap: true;
  readonly style?: 'heading';
  readonly size?: TextSize;
  readonly weight?: 'Bolder';
  readonly spacing?: Spacing;
}

export interface Container {
  readonly type: 'Container';
  readonly items: readonly Element[];
  readonly style?: ContainerStyle;
  readonly bleed?: true;
  readonly spacing?: Spacing;
}

export interface ActionSet {
  readonly type: 'ActionSet';
  readonly actions: readonly Action[];
  readonly spacing?: Spacing;
}

interface Input {
  readonly id: string;
  readonly label: string;
  readonly isRequired?: true;
  readonly errorMessage?: string;
  readonly value?: string;
  readonly placeholder?: string;
}

export interface TextInput extends Input {
  readonly type: 'Input.Text';
  readonly isMultiline?: true;
  readonly maxLength?: number;
}

export interface ChoiceSet extends Input {
  readonly type: 'Input.ChoiceSet';
  /** `filtered` lets people type a part of what they look for. */
  readonly style: 'compact' | 'filtered';
  readonly choices: readonly { readonly title: string; readonly value: string }[];
  /** Asks for more of them while somebody types, by an invoke `application/search`. */
  readonly 'choices.data'?: { readonly type: 'Data.Query'; readonly dataset: string };
}

export type Element = RichTextBlock | TextBlock | Container | ActionSet | TextInput | ChoiceSet;

type ButtonStyle = 'positive' | 'destructive';
/** Merged with what was filled in, and sent back by a click. Nothing in it is believed. */
export type ClickData = Readonly<Record<string, unknown>>;

interface Button {
  readonly title: string;
  readonly style?: ButtonStyle;
}

export interface ExecuteAction extends Button {
  readonly type: 'Action.Execute';
  readonly verb: string;
  readonly data: ClickData;
}

export interface SubmitAction extends Button {
  readonly type: 'Action.Submit';
  readonly data: ClickData;
}

export type Action =
  | ExecuteAction
  | SubmitAction
  | (Button & { readonly type: 'Action.OpenUrl'; readonly url: string })
  | (Button & { readonly type: 'Action.ShowCard'; readonly card: InnerCard });

/** What unfolds under a button. */
export interface InnerCard {
  readonly type: 'AdaptiveCard';
  readonly body: readonly Element[];
  readonly actions: readonly Action[];
}

export interface AdaptiveCard {
  readonly type: 'AdaptiveCard';
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly version: '1.5';
  readonly body: readonly Element[];
  readonly actions?: readonly Action[];
  readonly refresh?: { readonly action: ExecuteAction; readonly userIds: readonly string[] };
  /** Teams alone: as wide as the conversation. */
  readonly msteams: { readonly width: 'Full' };
}

export function adaptiveCard(
  body: readonly Element[],
  rest: Pick<AdaptiveCard, 'actions' | 'refresh'> = {},
): AdaptiveCard {
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    body,
    ...rest,
    msteams: { width: 'Full' },
  };
}

export function container(
  items: readonly Element[],
  look: Pick<Container, 'style' | 'bleed' | 'spacing'> = {},
): Container {
  return { type: 'Container', items, ...look };
}
