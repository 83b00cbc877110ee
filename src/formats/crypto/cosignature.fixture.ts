// A checkpoint with cosignatures of both kinds, and their keys, made with github.com/transparency-dev/formats (note,
// cosignature/v1) at commit af9e6071: what this instance reads, the other implementations write.

/** The text of the checkpoint. */
export const goCheckpoint =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

/** Verifier keys: Ed25519 (0x04) and ML-DSA-44 (0x06). */
export const goCosigners = {
  ed25519: 'witness.example.org/w1+88acdbe8+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs',
  'ml-dsa-44': [
    'witness.example.org/w2+9eb0418d+BpdkMP+NUvUFTLav462rEkix9+TATMc4Fdp5vAD5UMrSWiF5fMK3V1XcxWMU/OzZ',
    'XGIoJmcR7MrgDm/BMUmqWLua7WyzBKYc9tyMA0jwG9cLtHKMIbQPSzFTrugu65A5WrP7N5Ps575syAQm3B69rmHhRUI83meu',
    'Cn/KDGxt495wP76nqC6eQkyP0N2lr+uy9Yt46pW1v2/wbxULLwW3NRcj07SVS8WNjTzWlmvZd0nSkade/2Ig4hleuR7mplzi',
    '63KakZhvJdSIML/Piq5deZQ5a5eSjbEJSCZetqGCUtbYEnD7L05D6n4RLDDiRLRWfVtgsMeNRauWiuEVXMEhZIgSi+bPVYiK',
    'K6Hrc7Yx3eIwlkUgbpxI2LouQ4F8cj4Lpa0+hqNVoF/5vLvn9rIzzWTsbAuDEKNMD7DwkTSct1aMFMLHnOeTBmH/6DjGvTmS',
    'rWQL3r2Ax6RONpH/OmBJHysEncjDCCtCH2hcKsJJD0BkB8q9fpawswRynb0q/g/26VAIxU1lR9gcOlNNdUyHrKIpJ6ecJhmy',
    'SS/IC86Cx196fJG2G+yQojGvvB7nEL7+LHXyn+L6MgIWrWZaWuEx/OFPOa25ZY4nRQ2Pr1CQhFqyKhuvfhRxO1eiV7CAP1fI',
    'CGPtOCKT8UO8g+xNwii0Yzrc8znGpJlB+YcJfcZEl37g8Ej68jRUdYvfByxyT+Nt6wkFiLktvNbFSQPQsxusncWvTuAfefPK',
    'Jg8v1vT0CRS0dol5ZNsYwWbnQi9kqC7LK+M/Gx+02L+ZyVKWjWpQOJkRwh2w3Y0M1jHwM2Y1EhwxOIQB5xSBBqvJkDN5qlva',
    'JC7fxoSd2ixYw0X7+mUIMzLdhTujw1/UfUeOSjauNGyEWtxeOjA98vnRwlS4ndu7Ug9Y1JVDDH0j7lLAVLNIYgwW1Vf4OwSl',
    'IhJPM8fP+4pjvyEoIGpXIelwkWvCgFTe81eMWOzvIS2j+0IUeCCvyKokm9t9xOd4rvcHbLZxvAikcwnguYxWfnpWapJZKDh9',
    'ZvscKczsBMQO/MoDV/kDW9dCp0pL9bPOzbioEtYPig8reUsRDBb/Ww+5DNsB4d4rKVUeQNwnRKZ+dgeAf47D5HQubJoe/xx8',
    'wmC1qlDfAVB5mGu1Zs24SrAGUez22+CyaDwEh7gDuVJULBOczunxN6yXISCpOPbCJOZ54aNc5F42ceZQq2Nwb4WuqtD2BUkg',
    'oWGrvLJ3spTMG3Y2VC0QVS3kQkDBHfhoxkJNjjzgRPrd4NlW5u8vpo5VeE2++NLBnoEdvImIJoUKdSRoim1YyGolyqe9t8PZ',
    'ehGOC+PY383p9u9hntNKKfzNA38rTCW6S+c+mWe2P9zqHnQcK0Xrf7L73wH3RWeJCvwV/q4E0y2j79nXnGNHM/RWyM+kGJ0Y',
    'ItUR57LjYucWqAm+0mYB5fVJBkQ6gsEWHvoyvIySPTnM+pcMH23T+Ljf3uaqpfqDqRqs5HI9ZjFvo4j6HNZYqzjmc5/1IdDS',
    'kLuV1A20ufMy/sKxQhDocGOJrbdBRvWIekgLMPEc/JWzz3tX5xqrzMBDoYou4GwLijzTxfPv3jBgvYI6ZKXUP5eRPWs0P8If',
    '/avceNKuw0EFW7YbNcoX2ZApEqNVQffAMaYcmGq9FNMdduEgcu5wywvOIcW57PAl4apPmRhnBVR2i7uyhdpi+T4j2BqK7XJQ',
    'q9tQ/f3puaDTQ/1LGVAP4KVKOAVVsz2nhUlnLD2GZsMGv3px0I5lO6w=',
  ].join(''),
};

export const goCosignedNote = `${goCheckpoint}
— witness.example.org/w1 iKzb6AAAAABrAhuz62A5PClYyCJ9PL03Shb7RpOemlzcGbp8SMGiQFK4hxW7d1+Rd2RQb3PpFm/WPzAwZJfAOKWuZmTXgat1TVyCDA==
${[
  '— witness.example.org/w2 nrBBjQAAAABrAhuzv5RzxddNErjAw4w+ldlGuwqfss2nqA0Q6fsTSa81dQxRwlggrexekzu',
  '4QUTmpmbTN2EhrVpdZSzG9ltJyfhwc+kgGiePxFhJqJ5J0S1a7o/4nOSH76IDqDs+cPdhpRGTN0jaTzg+FbKaFX6NDhPJjIa',
  '9GE4WswVg5R+ybQLfQfHf9xnva3qwOUF0+bXvH7bD2HDGuvPa8SWEnahGVxe9cwKLjpfloe9xB4VNaRK1KaJYczXij+VB0I4',
  '9rPRAMvFFPsU8hamnkX7i/24a2EYmtskRHCVyyeVME5PP3ZQEDVew1t1EVfjaHg0yJTlq+47duDZLxqP1Z72Dnb10WqQQnMQ',
  'WVrOH9c7xgy5vGvVsgJzs5zKI4uN18l9p9f5c4UPx/4Ood3Emt3eJRu+cC80wlhwzu8dTW/AODIIfwlmcSUA72wAspQP4B2d',
  'yqqfFinANEM102hg+Vh7yWznQj+y+F2IxO4ezx1IXgHC57W9cvXGgVsaMWhghPp510VQ70j5dYwF98jWoTv3pSZY4xWWBir/',
  '2TcXkQmG5fN4l4jaixS+GFTV+7YKSdxl2osWDronwqzvPSoyuV+dNb03jH6Vcr3+DsRtamGZJI0y27pfDN7IusrW9ZeXzBzk',
  'InlXMVmddTTh+Qdcrs0owWEECfbEJEDxCvL07hJ+6uJ92bIr8U8Y/FHeermauc7ZEjUHzcd9dJNC/qFppJguo4gZUlU0UdDq',
  'UASAbEMo4q+KpM51e/sK+EXvQF29WiLuH56Wqqx70NzjIRnA5Lp+nUpaRBGvhSV9rfpg93CNlNh5NjMNOhDuZzsZBfaISmDR',
  'PTEnvHy+D7HV3bYwY4Re/1j7ERMVXKB63QhhXR6HuObXFsyz/WfK07tT/YHmjHT2V4W6yc6YGDz0neO7UnGuoBOiKisDHqL5',
  'f00W3v5pGYgEvSsJFbCRVzG1CKEy09RdQuuWz6cLy3sDiCKwHJTT6ktFZsbfsrOOvMpdCi975aTpcKdLkUnDLQybXOHvQ6+f',
  'T8tQZva/LLxf1j4+iQKXVlPQ4dMtm5rdTNJVS83fBx/V+rrUv/L0u4eP9+k8tOOCvcqs9/0WMjtHRa52cIUmM+gNEC0Pztix',
  'GcKXvwd8aX9OaHfSe7v/Auv6u+nA3ZgHe0ZtAsSKoWnqZVs003dTO1Y4EQKkP7M2kgI6EjeL3Mq9ggGt4UQxYoOhoUpCxPSo',
  'qpMkuV+PaTeHGCfvk0Acgc0kXuKeSm5vCa/MHmvvbvjJGMOcviqNplYHic7Vst3U8c6ptFeuRsdGbMW8jSCCRJ8PuGqErMPT',
  'ta5vAa886eFNvcsVs9T7Y2QVUCer13ON+7blFhyhvr9ckNQHNS3gsTLPo3LN8fb/dVDxi1zBpY8p1S2yaVqitclon5fTplTU',
  'kTMiWtnT8rtfajc68bovFxw7zl06gJCAZ0xW9adhPw+naz8C8HXJgHe4UH+vmooBTF6rJWrJJ2TcB+dmvuXS40fCPaixJGpz',
  'NB1fYOis0LBUU240u00aNY3GxxrQqFHQ2VDJn+ZDuxRKaWAPlSuluOfImvcCWFrAL2XLiRl5grqKKWQJogoMyQSHxp16EOPd',
  'nBefsBs606GmDgKls+GtVnaDZHPzmptDjiE4Fd86VCO/KwJI4QRTb0klo2vsa5SqBqnd9FohrNzrLE4WUtudQSRbPv6yhcqa',
  'H9Aga4PaIyox2bdq2ypBs9cxfo/jK24G/XkA8/zNFt1YZ+VnfOH1EUjtX4FFmiEHAqmWP+KgpY4/QYdyr1sfignrsGAyOhDq',
  'QedzWt1rBNVyw/IoNYXFPOCImaFFBe71HkxQvqyAQEsMXjTbssztdr2TtDHn2CpWpAH2dziKBuNyH/nd7J2CqRRWyhRJ13NL',
  'SopV5om2AZpbWNROTaz1U9Zq6S9yruYskTN4YMupet8dEhDk9njudQ6Fruam8GI/caiDShPl/TBCyglOY9KKjbIXmuW4FyU3',
  '1U8ETkCtlX2HQ6dd3G4r7otnzAFHU/gFDh7lfa9hoszmALwNgavE/xRTs+N+oFzR894qIrePQUaOOxaRaOQ2eHYWIgMaV5F/',
  'wfO0uyVw9gcF2/JeyYnWkjpEjPDmCnJm2oXsi4QcclVm935AzyDYxjp93CE+vsDNqZ+ga2mywimtvg0W9tS/sYMZF+Fp3yCJ',
  'cDW8jBM552y3IhTBOgxCj91/J5o8KpfWvow73nLUhQDtYEyyBOkCc1MO6StKGWbvIgZm6Y1Dw3y4pj853CDa9XgmvcsybpQG',
  'E8B8gf+wbQGPNq1CFxuSlUcaJSoycIZhjNJz+jmzOhrQI3d2y8mZDkdBzFnFcwPgc9or5tnW/dMIKDHczDxk7S8urUHQXZcx',
  'LJ0Cf0rfGl4W5EUgQb6yXSUNooT1uX2LQPWlfH7Tg13+7ITzt1oYN2/KmLmywuZUNrJearkpc95cQHhzN3pOGTp4sOsmexCc',
  'J+ikiNqplcwkCIxaOn/xlWiLntSQ5t5jTGzxnaS8jgmApi2oZ7L4e0uKmALLZhVmkHic5W1FNjwUJp4X++3JUMW/fhd85Nlq',
  'V6UTQ2r+ARP2p6fYJj+e8yFaBA5UZIci43NhzqV/SwRQoGb7wJ3DqaBmi1Vb84/u8LBQBYeztpCP/1FkxDoGLt3bpsjTokSy',
  'CIMhbMl7RL3HV5ypSGFuCkFuifVlR+XNKQadaimQyfoWoicgo9HLFcZ62gE8FJ4XygRKa7BJsKC0fiat6bZyjhuD7dxPOo5g',
  'IktoiBwW2U454tsFgtNIG7gFpU9IH1DW7oJJFIscMrwR1vn09Yhzuc0vwUMdThFHiz+anCvYpo5/7+E236gSeW1B/lvE0GZZ',
  'SRexCD4Dy5p7d1VwO2yaQS/fq1dBrz6leJXKUUvOqykpFVJ5jv0Q0zI9Op4C5ze7VR6lTBkqA3XZI5qhnij4CXM1I/4mbFva',
  'S86WedLdca0mApNLKKZQ+oqFL40Zz/VtUgs5ChyAMaRf16j2B1AtS+gq/IY+iU/1IaX1dZXE27wXfXBexGAuT+Wp6sTBPUby',
  'nLoH/e2U9sRhniL7pFPRJuRsAM4gsaI+KnIbihp5QAIWPQNFUH5tSWTpa6c3xTHIfGHLFLZFJDJBq2RF3XgYABQ8iKjI9T1l',
  'ucIyQkrO0tbi93eMCCQ4ZJjQ/Q0t0d5efq6ze+YKUpK2xtMDKy+j5BgcKNkRJUFJ6oKa97AAAAAAAAAAAAAAAAAAAAAAAABU',
  'mMT4=',
].join('')}
`;
