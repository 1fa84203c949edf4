/** The style of every page. Colours follow the reader's setting; lines are short enough to read well. */
export const style = `
:root { --paper: #fbfaf7; --ink: #23262b; --quiet: #62676f; --line: #e2dfd8; --accent: #1f6f5c; --code: #f1efe9; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e4e6e8; --quiet: #9aa1a9; --line: #2b3036; --accent: #6fc7ae; --code: #1c2024; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 5rem) 1.25rem; }
h1 { margin: 0 0 .5rem; font-size: clamp(2rem, 7vw, 3.25rem); line-height: 1.1; letter-spacing: -.03em; text-wrap: balance; }
h2 { margin: 3rem 0 .75rem; font-size: 1.15rem; }
p { margin: 0 0 1rem; text-wrap: pretty; }
.lead { font-size: 1.2rem; color: var(--quiet); }
figure { margin: 2rem 0; }
img { display: block; width: 100%; height: auto; border-radius: .75rem; }
figcaption, .quiet { margin-top: .6rem; color: var(--quiet); font-size: .875rem; }
pre { margin: 0 0 1rem; padding: 1rem 1.1rem; overflow-x: auto; background: var(--code); border: 1px solid var(--line); border-radius: .6rem; font-size: .85rem; line-height: 1.55; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre code { overflow-wrap: normal; }
a { color: var(--accent); text-underline-offset: .2em; }
ul { margin: 0; padding: 0; list-style: none; }
li { padding: .6rem 0; border-top: 1px solid var(--line); }
.status { margin: 0 0 .25rem; color: var(--accent); font-weight: 600; letter-spacing: .02em; }
`;
