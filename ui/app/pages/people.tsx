import { Empty, Page } from "../components";

export default function People() {
  return (
    <Page title="People">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
