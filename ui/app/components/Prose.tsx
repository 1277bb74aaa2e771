import { blocks, type Block, type Span } from "../core/prose";

/** Prose shows a text with a little Markdown: headings, lists, emphasis and code. Headings begin at h3. */
export function Prose({ text }: { text: string }) {
  return (
    <div class="prose" dir="auto">
      {blocks(text).map((block, i) => <Shown key={i} block={block} />)}
    </div>
  );
}

function Shown({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return block.level === 1 ? <h3><Spans of={block.spans} /></h3> : <h4><Spans of={block.spans} /></h4>;
    case "paragraph":
      return <p><Spans of={block.spans} /></p>;
    case "code":
      return <pre tabIndex={0}>{block.text}</pre>;
    case "list": {
      const items = block.items.map((item, i) => <li key={i}><Spans of={item} /></li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

function Spans({ of }: { of: Span[] }) {
  return (
    <>
      {of.map((span, i) => {
        switch (span.kind) {
          case "strong":
            return <strong key={i}>{span.text}</strong>;
          case "em":
            return <em key={i}>{span.text}</em>;
          case "code":
            return <code key={i}>{span.text}</code>;
          default:
            return span.text;
        }
      })}
    </>
  );
}
