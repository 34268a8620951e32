// Runs all tests one after the other in one process: they share one browser.
import { after } from 'node:test';
import { closeBrowser } from './support.mjs';
import './test_eventsource.mjs';
import './test_snippets.mjs';
import './test_pages.mjs';
import './test_chat.mjs';
import './test_hdrhistogram.mjs';
import './test_report.mjs';

after(closeBrowser);
