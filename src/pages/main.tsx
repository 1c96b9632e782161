/** Starts the pages: styles in cascade order, then the application into `#app`. */
import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/dialog.css';
import './styles/shell.css';
import './styles/chat.css';
import './styles/message.css';
import './styles/composer.css';
import './styles/card.css';
import './styles/records.css';
import './styles/table.css';
import './styles/search.css';
import './styles/timeline.css';
import './styles/host-session.css';
import './styles/live.css';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
