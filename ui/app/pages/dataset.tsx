import { Empty, Page } from "../components";

export default function Dataset() {
  return (
    <Page title="Dataset">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
