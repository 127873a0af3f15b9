export { BrowserCounts as default } from './count-reporter.mjs';
