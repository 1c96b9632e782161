/** About how Teams looks: what its clients tell the library of Adaptive Cards, and what is around a card. */

export type Theme = 'light' | 'dark';

interface Palette {
  readonly page: string;
  readonly card: string;
  readonly text: string;
  readonly subtle: string;
  readonly line: string;
  readonly emphasis: string;
  readonly accent: string;
  readonly good: string;
  readonly attention: string;
  readonly warning: string;
}

const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    page: '#f5f5f5',
    card: '#ffffff',
    text: '#242424',
    subtle: '#616161',
    line: '#d1d1d1',
    emphasis: '#f5f5f5',
    accent: '#e8ebfa',
    good: '#e7f2da',
    attention: '#fcf4f6',
    warning: '#fbf6d9',
  },
  dark: {
    page: '#1f1f1f',
    card: '#292929',
    text: '#ffffff',
    subtle: '#adadad',
    line: '#666666',
    emphasis: '#141414',
    accent: '#383966',
    good: '#0d2e0d',
    attention: '#3e1f25',
    warning: '#463100',
  },
};

export function hostConfig(theme: Theme): object {
  const palette = PALETTES[theme];
  const colour = { default: palette.text, subtle: palette.subtle };
  const foregroundColors = Object.fromEntries(
    ['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention'].map((name) => [name, colour]),
  );
  const style = (backgroundColor: string) => ({ backgroundColor, foregroundColors });
  return {
    supportsInteractivity: true,
    fontTypes: {
      default: { fontFamily: '"Segoe UI","DejaVu Sans",sans-serif', ...TYPE },
      monospace: { fontFamily: '"DejaVu Sans Mono",monospace', ...TYPE },
    },
    spacing: { small: 6, default: 10, medium: 14, large: 20, extraLarge: 28, padding: 14 },
    containerStyles: {
      default: style(palette.card),
      emphasis: style(palette.emphasis),
      accent: style(palette.accent),
      good: style(palette.good),
      attention: style(palette.attention),
      warning: style(palette.warning),
    },
    actions: {
      maxActions: 6,
      buttonSpacing: 8,
      actionsOrientation: 'horizontal',
      actionAlignment: 'left',
      showCard: { actionMode: 'inline', inlineTopMargin: 10, style: 'emphasis' },
    },
    inputs: { label: { inputSpacing: 4, requiredInputs: { suffix: ' *' } } },
  };
}

const TYPE = {
  fontSizes: { small: 12, default: 14, medium: 15, large: 18, extraLarge: 22 },
  fontWeights: { lighter: 300, default: 400, bolder: 600 },
};

export function pageStyle(theme: Theme): string {
  const { page, card, text, subtle, line } = PALETTES[theme];
  return `
*{box-sizing:border-box}
body{margin:0;background:${page};color:${text};font:14px/1.4 "Segoe UI","DejaVu Sans",sans-serif}
header{padding:10px 14px;font-weight:600;border-bottom:1px solid ${line};background:${card}}
header.dialog{display:flex;justify-content:space-between;font-size:16px;border:0;padding:14px 14px 0}
main.dialog{background:${card};padding-bottom:8px}
.message{display:flex;gap:8px;padding:12px}
.avatar{flex:none;width:30px;height:30px;border-radius:6px;background:#22364a;color:#fff;font-weight:700;display:grid;place-items:center}
.body{min-width:0;flex:1}.author{margin:0 0 4px}.author span{color:${subtle};font-size:12px}
.frame{background:${card};border:1px solid ${line};border-radius:6px;overflow:hidden}
.ac-richTextBlock,.ac-textBlock,.ac-input{overflow-wrap:anywhere}
.ac-actionSet>div{flex-wrap:wrap;row-gap:8px}
button.ac-pushButton{font:600 14px "Segoe UI","DejaVu Sans",sans-serif;border:1px solid ${line};background:${card};color:${text};border-radius:4px;padding:5px 12px}
button.ac-pushButton.style-positive{background:#5b5fc7;border-color:#5b5fc7;color:#fff}
button.ac-pushButton.style-destructive{color:${theme === 'light' ? '#c4314b' : '#f9526b'}}
input,textarea,select{width:100%;font:inherit;color:inherit;background:${page};border:1px solid ${line};border-radius:4px;padding:6px 9px}
textarea{min-height:64px}
`;
}
