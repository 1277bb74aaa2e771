import { Empty, Page } from "../components";

export default function Runs() {
  return (
    <Page title="Runs">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
