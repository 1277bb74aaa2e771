import { Empty, Page } from "../components";

export default function Run() {
  return (
    <Page title="Run">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
